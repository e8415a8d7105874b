"""The words of a rulebook's own pages, in the languages of the starter project."""

from __future__ import annotations

from collections.abc import Mapping

_ORDER = ("en", "it", "es", "ca")
_WORDS: dict[str, tuple[str, str, str, str]] = {
    "rulebook": (
        "Rulebook",
        "Regolamento dei contatti",
        "Reglas de contacto",
        "Regles de contacte",
    ),
    "version": ("Version", "Versione", "Versión", "Versió"),
    "contents": ("Contents", "Indice", "Índice", "Índex"),
    "rules": ("Rules", "Regole", "Reglas", "Regles"),
    "signals": ("Signals", "Segnali", "Señales", "Senyals"),
    "decisions": ("Decisions", "Decisioni", "Decisiones", "Decisions"),
    "pools": ("Pools", "Disponibilità", "Cupos", "Quotes"),
    "graph": (
        "What decisions do",
        "Che cosa fanno le decisioni",
        "Qué hacen las decisiones",
        "Què fan les decisions",
    ),
    "eligibility": ("Eligibility", "Idoneità", "Elegibilidad", "Elegibilitat"),
    "consent": ("Consent", "Consenso", "Consentimiento", "Consentiment"),
    "contact-policy": (
        "Contact policy",
        "Politica di contatto",
        "Política de contacto",
        "Política de contacte",
    ),
    "stock": ("Stock", "Scorte", "Existencias", "Estoc"),
    "feasibility": ("Feasibility", "Fattibilità", "Viabilidad", "Viabilitat"),
    "price": ("Price", "Prezzo", "Precio", "Preu"),
    "data": ("Data", "Dati", "Datos", "Dades"),
    "stage": ("Stage", "Fase", "Fase", "Fase"),
    "owner": ("Owner", "Responsabile", "Responsable", "Responsable"),
    "applies": ("Applies when", "Si applica quando", "Se aplica cuando", "S'aplica quan"),
    "require": ("Must be true", "Dev'essere vero", "Debe cumplirse", "S'ha de complir"),
    "when": ("There when", "C'è quando", "Está cuando", "Hi és quan"),
    "moment": ("Moment", "Momento", "Momento", "Moment"),
    "pain": ("Spares", "Evita", "Evita", "Evita"),
    "reason": ("Says", "Dice", "Dice", "Diu"),
    "remedy": ("Remedy", "Rimedio", "Remedio", "Remei"),
    "in_force": ("In force", "In vigore", "En vigor", "En vigor"),
    "from": ("from", "dal", "desde el", "des del"),
    "until": ("until", "fino al", "hasta el", "fins al"),
    "source": ("Legal source", "Fonte di legge", "Fuente legal", "Font legal"),
    "legal": (
        "legal: never waived",
        "di legge: mai derogabile",
        "legal: nunca se dispensa",
        "legal: mai no es dispensa",
    ),
    "shadow": (
        "on trial: blocks nothing",
        "in prova: non blocca",
        "a prueba: no bloquea",
        "a prova: no bloqueja",
    ),
    "warn": (
        "warns, does not block by itself",
        "avverte, da sola non blocca",
        "avisa, por sí sola no bloquea",
        "avisa, per si sola no bloqueja",
    ),
    "unknown_allowed": (
        "lets pass what can't be checked",
        "lascia passare ciò che non si può verificare",
        "deja pasar lo que no se puede comprobar",
        "deixa passar el que no es pot comprovar",
    ),
    "counted_by": ("Counted by", "Contata da", "Contada por", "Comptada per"),
    "waived_by": ("Waived by", "Derogata da", "Dispensada por", "Dispensada per"),
    "raised_by": ("Raised by", "Dato da", "Dada por", "Donat per"),
    "used_by": ("Used by", "Usato da", "Usada por", "Usat per"),
    "given_signal": ("When there is", "Quando c'è", "Cuando está", "Quan hi ha"),
    "given_failed": ("When failed", "Quando non passa", "Cuando falla", "Quan falla"),
    "given_passed": ("When passed", "Quando passa", "Cuando pasa", "Quan passa"),
    "at_least": ("At least", "Almeno", "Al menos", "Almenys"),
    "waive": ("Waives", "Deroga a", "Dispensa de", "Dispensa de"),
    "propose": ("Proposes", "Propone", "Propone", "Proposa"),
    "raises": ("Raises", "Dà il segnale", "Da la señal", "Dona el senyal"),
    "block": ("Blocks", "Blocca", "Bloquea", "Bloqueja"),
    "because": ("Because", "Perché", "Porque", "Perquè"),
    "per": ("Counted per", "Contata per", "Contado por", "Comptada per"),
    "limit": ("Room", "Posti", "Plazas", "Places"),
    "order": ("Who comes first", "Chi viene prima", "Quién va primero", "Qui va primer"),
    "take_up": (
        "Expected share of yes",
        "Quota attesa di sì",
        "Proporción de síes prevista",
        "Proporció de sís prevista",
    ),
    "risk": ("Accepted risk", "Rischio accettato", "Riesgo aceptado", "Risc acceptat"),
    "facts": ("Reads", "Legge", "Lee", "Llegeix"),
    "place": ("Written in", "Scritta in", "Escrita en", "Escrita a"),
    "failed": ("failed", "non passa", "falla", "falla"),
    "passed": ("passed", "passa", "pasa", "passa"),
    "signal": ("Signal", "Segnale", "Señal", "Senyal"),
    "decision": ("Decision", "Decisione", "Decisión", "Decisió"),
    "rule": ("Rule", "Regola", "Regla", "Regla"),
}
_LEAD = {
    "en": "Each rule says what must be true for a contact to be made. "
    "What is false blocks; what can't be checked blocks as well.",
    "it": "Ogni regola dice che cosa dev'essere vero perché un contatto si faccia. "
    "Ciò che è falso blocca; anche ciò che non si può verificare blocca.",
    "es": "Cada regla dice qué debe ser cierto para que se haga un contacto. "
    "Lo que es falso bloquea; lo que no se puede comprobar, también.",
    "ca": "Cada regla diu què ha de ser cert perquè es faci un contacte. "
    "El que és fals bloqueja; el que no es pot comprovar, també.",
}


def words(language: str) -> Mapping[str, str]:
    """Every label by its key, in `language`, or in English where that is not spoken here.

    >>> words("it")["owner"], words("fi")["owner"]
    ('Responsabile', 'Owner')
    """
    found = spoken(language)
    place = _ORDER.index(found)
    return {"lead": _LEAD[found], **{key: said[place] for key, said in _WORDS.items()}}


def spoken(language: str) -> str:
    """The language the labels are in.

    >>> spoken("ca"), spoken("fi")
    ('ca', 'en')
    """
    return language if language in _ORDER else _ORDER[0]
