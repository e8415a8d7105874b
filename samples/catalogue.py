"""The made-up operator's offers and its warehouse: small tables, written by hand."""

from __future__ import annotations

from chance import hours_ago, iso

OFFER_COLUMNS = [
    "code",
    "name",
    "kind",
    "product",
    "sku",
    "technologies",
    "min_down_mbps",
    "price_eur",
    "discount",
    "cost_eur",
    "instalments",
    "segments",
    "script_languages",
    "sellable",
    "valid_until",
    "max_attempts",
    "rest_days",
    "caller_number",
    "similar_to",
]

_ALL = "it|es|ca|en"
_NO_CATALAN = "it|es|en"

# What is planted: WINTER-TV has expired, TV-CINEMA sells below cost, TV-NEW has no price yet,
# BUSINESS-LINE and YOUTH-MOBILE are for one segment, some offers have no script in Catalan.
_OFFERS = f"""
FIBRE-1000,Fibra 1000,broadband,fibre-1000,,FTTH,900,34.90,0,17.50,false,,{_ALL},true,2026-06-30,4,30
FIBRE-300,Fibra 300,broadband,fibre-300,,FTTH,300,27.90,0,14.20,false,,{_ALL},true,2026-06-30,4,30
FIBRE-BASIC,Fibra Base,broadband,fibre-basic,,FTTH|FTTC|FWA,50,22.90,0,12.80,false,,{_ALL},true,2026-12-31,4,30
FWA-HOME,Casa senza fili,broadband,fwa-home,,FWA,50,24.90,0.10,13.00,false,,{_ALL},true,2026-12-31,4,30
SPRING-FIBRE,Fibra Primavera,broadband,fibre-300,,FTTH|FTTC,100,27.90,0.25,14.20,false,,{_ALL},true,2026-04-30,3,60
BUSINESS-LINE,Línea Negocios,broadband,business-line,,FTTH|FTTC,100,44.90,0,21.00,false,business,{_NO_CATALAN},true,2026-12-31,4,30
SPRING-MOBILE,Mòbil Primavera,mobile,mobile-50,,,,12.90,0.25,6.10,false,,{_ALL},true,2026-04-30,3,60
MOBILE-50,Mobile 50 GB,mobile,mobile-50,,,,12.90,0,6.10,false,,{_ALL},true,2026-12-31,4,30
MOBILE-UNLIMITED,Mobile senza limiti,mobile,mobile-unlimited,,,,19.90,0,8.80,false,,{_ALL},true,2026-12-31,4,30
YOUTH-MOBILE,Mobile Giovani,mobile,mobile-youth,,,,9.90,0,5.40,false,youth,{_ALL},true,2026-09-30,4,30
PHONE-ALFA,Telefono Alfa,device,phone-alfa,PH-ALFA,,,389.00,0.10,270.00,true,,{_ALL},true,2026-05-31,4,30
PHONE-BETA,Teléfono Beta,device,phone-beta,PH-BETA,,,629.00,0,455.00,true,,{_NO_CATALAN},true,2026-05-31,4,30
PHONE-GAMMA,Telefono Gamma,device,phone-gamma,PH-GAMMA,,,829.00,0,640.00,true,,{_NO_CATALAN},true,2026-05-31,4,30
TABLET-UNO,Tablet Uno,device,tablet-uno,TB-UNO,,,249.00,0.15,180.00,true,,{_ALL},true,2026-05-31,4,30
TABLET-DUE,Tablet Due,device,tablet-due,TB-DUE,,,319.00,0,235.00,true,,{_ALL},true,2026-05-31,4,30
ROUTER-MAX,Router Max,device,router-max,RT-MAX,,,89.00,0,52.00,false,,{_ALL},true,2026-12-31,4,30
WATCH-KIDS,Orologio Kids,device,watch-kids,WT-KIDS,,,119.00,0,83.00,false,,{_ALL},true,2026-12-31,4,30
SPEAKER-TRE,Altavoz Tres,device,speaker-tre,SP-TRE,,,79.00,0,48.00,false,,{_ALL},true,2026-12-31,4,30
TV-SPORT,TV Sport,tv,tv-sport,,,,14.90,0,9.70,false,,{_ALL},true,2026-08-31,4,30
WINTER-TV,TV Inverno,tv,tv-winter,,,,9.90,0,6.20,false,,{_ALL},true,2026-02-28,4,30
TV-CINEMA,TV Cinema,tv,tv-cinema,,,,11.90,0.40,8.30,false,,{_ALL},true,2026-08-31,4,30
TV-NEW,TV Novità,tv,tv-new,,,,,0,7.70,false,,{_ALL},true,,4,30
"""

WEIGHTS: tuple[tuple[str, float], ...] = (
    ("FIBRE-1000", 13),
    ("FIBRE-300", 8),
    ("FIBRE-BASIC", 6),
    ("FWA-HOME", 2),
    ("SPRING-FIBRE", 9),
    ("BUSINESS-LINE", 2.5),
    ("SPRING-MOBILE", 9),
    ("MOBILE-50", 13),
    ("MOBILE-UNLIMITED", 10),
    ("YOUTH-MOBILE", 2),
    ("PHONE-ALFA", 6),
    ("PHONE-BETA", 4.5),
    ("PHONE-GAMMA", 1),
    ("TABLET-UNO", 3.5),
    ("TABLET-DUE", 0.6),
    ("ROUTER-MAX", 1),
    ("WATCH-KIDS", 1),
    ("SPEAKER-TRE", 0.6),
    ("TV-SPORT", 5),
    ("WINTER-TV", 1),
    ("TV-CINEMA", 0.8),
    ("TV-NEW", 0.6),
    ("FIBER1000", 0.6),  # a slip of the pen: no such offer in the catalogue
)
"""How often each offer code stands on the list."""

STOCK_COLUMNS = ("sku", "on_hand", "arriving", "committed", "safety", "lead_days", "updated_at")


# The number that our calls show: one of fiction, too, that no customer has.
_CALLER = "+33199000005"
# Products of ours that an offer of a kind is similar to; a device is like nothing we sell.
_SIMILAR = {
    "broadband": "adsl|landline|fibre-basic|fwa-home|fibre-300",
    "mobile": "mobile-classic|sms-pack|mobile-50|mobile-youth",
    "tv": "tv-base|tv-sport",
    "device": "",
}


def offers() -> list[list[str]]:
    """Rows of offers.csv."""
    rows = [line.split(",") for line in _OFFERS.strip().splitlines()]
    return [[*row, _CALLER, _SIMILAR[row[OFFER_COLUMNS.index("kind")]]] for row in rows]


def products() -> list[str]:
    """Every product of the catalogue once, in the catalogue's order."""
    return list(dict.fromkeys(row[3] for row in offers()))


def stock() -> list[list[str]]:
    """Rows of stock.csv. Planted: PH-GAMMA was counted too long ago, RT-MAX has nothing left,
    WT-KIDS takes a month, SP-TRE's count is unreadable, TB-DUE has no row.
    """
    fresh = iso(hours_ago(1.75))
    return [
        ["PH-ALFA", "96", "20", "41", "15", "3", fresh],
        ["PH-BETA", "61", "0", "22", "10", "5", fresh],
        ["PH-GAMMA", "80", "0", "12", "5", "3", iso(hours_ago(15.5))],
        ["TB-UNO", "58", "0", "19", "8", "4", fresh],
        ["RT-MAX", "14", "0", "9", "5", "2", fresh],
        ["WT-KIDS", "150", "0", "20", "10", "30", fresh],
        ["SP-TRE", "4O", "0", "3", "2", "6", fresh],
    ]
