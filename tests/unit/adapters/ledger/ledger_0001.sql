BEGIN TRANSACTION;
CREATE TABLE checkpoint (
	number INTEGER NOT NULL, 
	run_id TEXT, 
	size INTEGER NOT NULL, 
	root TEXT NOT NULL, 
	frontier TEXT NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "checkpoint" VALUES(1,'r1',2,'a6c6840d930edb417ef9adf11ed66f91970a8bbb9ccf285184799ad3fbc97161','a6c6840d930edb417ef9adf11ed66f91970a8bbb9ccf285184799ad3fbc97161','upfront/ledger/29aaaa8813e19356
2
psaEDZMO20F++a3xHtZvkZcKi7uczyhRhHma0/vJcWE=

— upfront/ledger/29aaaa8813e19356 BsJqdD+SrrnlUW8aKa+rjcH0IcMdMDJCoB8XPziCyWlHBdj6fd0oC4vuKbWVoZ8SSoJsKWrJyyZY4yW/+LFDqYSeAQI=
');
INSERT INTO "checkpoint" VALUES(2,'r2',2,'a6c6840d930edb417ef9adf11ed66f91970a8bbb9ccf285184799ad3fbc97161','a6c6840d930edb417ef9adf11ed66f91970a8bbb9ccf285184799ad3fbc97161','upfront/ledger/29aaaa8813e19356
2
psaEDZMO20F++a3xHtZvkZcKi7uczyhRhHma0/vJcWE=

— upfront/ledger/29aaaa8813e19356 BsJqdD+SrrnlUW8aKa+rjcH0IcMdMDJCoB8XPziCyWlHBdj6fd0oC4vuKbWVoZ8SSoJsKWrJyyZY4yW/+LFDqYSeAQI=
');
INSERT INTO "checkpoint" VALUES(3,'r3',5,'917ad742db38b66a7b6cd6454c9df01b0399a3842a38ff03015326c8e70a00b5','96e8019bd28e80033a28077621ee80deff7971c40cd36297950c844dfc74b3f7 d9d813184eb4ca2ae0f039bad988386c455222f4992d05f672f5cb1debccd0be','upfront/ledger/29aaaa8813e19356
5
kXrXQts4tmp7bNZFTJ3wGwOZo4QqOP8DAVMmyOcKALU=

— upfront/ledger/29aaaa8813e19356 BsJqdCmCAXgMoAhcKOKY5MdEjT0yVRt01X+EBz3CEb7UPXFSVJWmuWIUxJpNoiXf8UBlBKwRrVmktTxIhrWDV+GaLQs=
');
CREATE TABLE clearance (
	id TEXT NOT NULL, 
	candidate_id TEXT NOT NULL, 
	customer_id TEXT NOT NULL, 
	offer_id TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	contact_at TEXT NOT NULL, 
	state TEXT NOT NULL, 
	as_of TEXT NOT NULL, 
	expires_at TEXT NOT NULL, 
	settled_at TEXT, 
	texts_digest TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE erasure (
	seq INTEGER NOT NULL, 
	leaf TEXT NOT NULL, 
	erased_at TEXT NOT NULL, 
	ground TEXT NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE TABLE ledger_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT ledger_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "ledger_version" VALUES('0001');
CREATE TABLE prevented_moment (
	seq INTEGER NOT NULL, 
	run_id TEXT NOT NULL, 
	candidate_id TEXT, 
	customer_id TEXT, 
	offer_id TEXT, 
	channel TEXT, 
	contact_at TEXT, 
	cause TEXT NOT NULL, 
	stage TEXT, 
	moment TEXT, 
	pain TEXT, 
	rule TEXT NOT NULL, 
	reason TEXT, 
	reasons TEXT, 
	salt TEXT, 
	personal TEXT NOT NULL, 
	leaf TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "prevented_moment" VALUES(1,'r1','L000000','C000000','FIBRE|1000','call',NULL,'failed','eligibility','ZMOT','not-for-you','eligibility.adult','Età 0: «troppo giovane» 🙂','[{"rule":"eligibility.adult","outcome":"failed","conditions":[1]}]','3ec72eaf1a82f7619e870b39cb0c6d7f5ba26a2f0a7f295eeba77b9379a8b778','52146c17adaeb71a948e827e8868cfc334e62f3e83bf8e64c1b8d704b2ba213c','e88cdfe7d1a635749c94578f943eda0b270369f055e2abf0bde9477435bbe5fd');
INSERT INTO "prevented_moment" VALUES(2,'r1','L000001','C000000','FIBRE|1000','call','2026-03-02T09:00:00Z','failed','eligibility','ZMOT','not-for-you','eligibility.adult','Età 1: «troppo giovane» 🙂','[{"rule":"eligibility.adult","outcome":"failed","conditions":[1]}]','c10612c5dfea77266fa13af4fa44835e97d56d8f44c205939135c3a222d1e686','f300cb479fba85bae32040a045300df210bea04bc7b6a6c08ae28c51f65e7f64','308a49b14d44d7730fcb177dea64566537267336950f789a25f8868de25f33b0');
INSERT INTO "prevented_moment" VALUES(3,'r3','L000000','C000000','FIBRE|1000','call',NULL,'failed','eligibility','ZMOT','not-for-you','eligibility.adult','Età 0: «troppo giovane» 🙂','[{"rule":"eligibility.adult","outcome":"failed","conditions":[1]}]','3ec72eaf1a82f7619e870b39cb0c6d7f5ba26a2f0a7f295eeba77b9379a8b778','52146c17adaeb71a948e827e8868cfc334e62f3e83bf8e64c1b8d704b2ba213c','f76d7dc9109f1516be2cf3ebf38d3d5bdb422238b50430595dd1e90f14f307a3');
INSERT INTO "prevented_moment" VALUES(4,'r3','L000001','C000000','FIBRE|1000','call','2026-03-02T09:00:00Z','failed','eligibility','ZMOT','not-for-you','eligibility.adult','Età 1: «troppo giovane» 🙂','[{"rule":"eligibility.adult","outcome":"failed","conditions":[1]}]','c10612c5dfea77266fa13af4fa44835e97d56d8f44c205939135c3a222d1e686','f300cb479fba85bae32040a045300df210bea04bc7b6a6c08ae28c51f65e7f64','519e8bd903183f9fefa7fcd6790f447043c5fad36c34b28a9fa3073d2cdf13c6');
INSERT INTO "prevented_moment" VALUES(5,'r3','L000002','C000001','FIBRE|1000','call','2026-03-02T09:00:00Z','failed','eligibility','ZMOT','not-for-you','eligibility.adult','Età 2: «troppo giovane» 🙂','[{"rule":"eligibility.adult","outcome":"failed","conditions":[1]}]','73e96c8d9b4c97b7f31793e7cda67ec7bf6ae98ae3d7ab426b1e98992c3863b5','9e2ee0767b5a4d67c7efae9773d9c8cfb1fbd2d4abe9862c335d3ceb20fb2b1c','d9d813184eb4ca2ae0f039bad988386c455222f4992d05f672f5cb1debccd0be');
CREATE TABLE reservation (
	id TEXT NOT NULL, 
	run_id TEXT, 
	clearance_id TEXT, 
	pool TEXT NOT NULL, 
	per TEXT NOT NULL, 
	units INTEGER NOT NULL, 
	made_at TEXT NOT NULL, 
	expires_at TEXT, 
	released_at TEXT, 
	PRIMARY KEY (id)
);
CREATE TABLE ruleset (
	digest TEXT NOT NULL, 
	texts TEXT NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "ruleset" VALUES('6e812cb4bab2b8d37fa04e6a453c7c3c135f216b5932bac1d964fc14bae4c0d7','{"config.yaml":"version: 1\n","rules/age.yaml":"rules: [è]\n"}');
CREATE TABLE run (
	number INTEGER NOT NULL, 
	run_id TEXT NOT NULL, 
	as_of TEXT NOT NULL, 
	started_at TEXT NOT NULL, 
	finished_at TEXT NOT NULL, 
	backend TEXT NOT NULL, 
	read INTEGER NOT NULL, 
	allowed INTEGER NOT NULL, 
	blocked INTEGER NOT NULL, 
	counts TEXT NOT NULL, 
	rules TEXT NOT NULL, 
	pools TEXT NOT NULL, 
	ruleset_digest TEXT NOT NULL, 
	config_digest TEXT NOT NULL, 
	input_digest TEXT NOT NULL, 
	texts_digest TEXT NOT NULL, 
	first_seq INTEGER NOT NULL, 
	last_seq INTEGER NOT NULL, 
	root TEXT NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (run_id)
);
INSERT INTO "run" VALUES(1,'r1','2026-03-02T09:00:00Z','2026-03-02T09:00:01Z','2026-03-02T09:00:05Z','duckdb',5,3,2,'{"allowed":3,"blocked":2,"by_cause":{"failed":2},"read":5}','{"eligibility.adult":{"failed":2,"passed":3}}','{"stock.units":{"denied":0,"granted":1}}','1111111111111111111111111111111111111111111111111111111111111111','2222222222222222222222222222222222222222222222222222222222222222','3333333333333333333333333333333333333333333333333333333333333333','6e812cb4bab2b8d37fa04e6a453c7c3c135f216b5932bac1d964fc14bae4c0d7',1,2,'a6c6840d930edb417ef9adf11ed66f91970a8bbb9ccf285184799ad3fbc97161','upfront run
upfront/ledger/29aaaa8813e19356
9c066c768c4f599fc47a919ae5ad8bee18c19281c66e20fb87b00fe43620d4b2

— upfront/ledger/29aaaa8813e19356 BsJqdNN0d14CoKa5bFJp1YKJl+1scrLzinkGSbk73j0O6GCXlQMxH45BO4WEiz2dx2wfVwpbuJU9q9GaB2fZPCTxrwY=
');
INSERT INTO "run" VALUES(2,'r2','2026-03-02T09:00:00Z','2026-03-02T09:00:01Z','2026-03-02T09:00:05Z','duckdb',3,3,0,'{"allowed":3,"blocked":0,"by_cause":{"failed":0},"read":3}','{"eligibility.adult":{"failed":0,"passed":3}}','{"stock.units":{"denied":0,"granted":1}}','1111111111111111111111111111111111111111111111111111111111111111','2222222222222222222222222222222222222222222222222222222222222222','3333333333333333333333333333333333333333333333333333333333333333','6e812cb4bab2b8d37fa04e6a453c7c3c135f216b5932bac1d964fc14bae4c0d7',3,2,'a6c6840d930edb417ef9adf11ed66f91970a8bbb9ccf285184799ad3fbc97161','upfront run
upfront/ledger/29aaaa8813e19356
f028c35d0bdd39e9dedf2c5829dd3ba0e4cc2d240ad91929d552f0195c915b48

— upfront/ledger/29aaaa8813e19356 BsJqdJJjWDa2ZKrGUPo4iuDag+QUonqpIfVFHiKKwmSFmu/TxqfRbnXRmpbz+dr7HvXmMd0ljBY2Hk2qCv2P0bptIgc=
');
INSERT INTO "run" VALUES(3,'r3','2026-03-02T09:00:00Z','2026-03-02T09:00:01Z','2026-03-02T09:00:05Z','duckdb',6,3,3,'{"allowed":3,"blocked":3,"by_cause":{"failed":3},"read":6}','{"eligibility.adult":{"failed":3,"passed":3}}','{"stock.units":{"denied":0,"granted":1}}','1111111111111111111111111111111111111111111111111111111111111111','2222222222222222222222222222222222222222222222222222222222222222','3333333333333333333333333333333333333333333333333333333333333333','6e812cb4bab2b8d37fa04e6a453c7c3c135f216b5932bac1d964fc14bae4c0d7',3,5,'917ad742db38b66a7b6cd6454c9df01b0399a3842a38ff03015326c8e70a00b5','upfront run
upfront/ledger/29aaaa8813e19356
930f133f7c0c1a9ab026271301b2fcc22351d2fded924cd05e7800cbed2b2cb4

— upfront/ledger/29aaaa8813e19356 BsJqdPksj2lSbnpDg0frbwhY3uNzFc4vgCpw9XBFFLsBFwgYLsAONpW6CRf5dodlGYMCNXLWwYrko1+ZRBwxcgrhdgc=
');
CREATE INDEX clearance_by_customer ON clearance (customer_id);
CREATE INDEX clearance_by_expiry ON clearance (state, expires_at);
CREATE INDEX reservation_by_pool ON reservation (pool, per);
CREATE INDEX reservation_by_run ON reservation (run_id);
CREATE INDEX reservation_by_clearance ON reservation (clearance_id);
COMMIT;
