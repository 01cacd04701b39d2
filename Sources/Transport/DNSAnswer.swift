/// What a name server answered.
public struct DNSAnswer: Sendable, Hashable {
    /// One record of the answer section.
    public struct Record: Sendable, Hashable {
        /// The name it belongs to, with the dot at its end.
        public var name: String
        /// Its type: not always the one asked for, since a `CNAME` comes with what it leads to.
        public var type: DNSRecordType
        /// How many seconds it may be kept.
        public var timeToLive: UInt32
        /// Its data: an address; a name with the dot at its end (CNAME, NS, PTR, MX without its preference);
        /// `host.:port` (SRV); the joined text (TXT); otherwise as in a zone file.
        public var text: String
    }

    /// The response code by its name: `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED` …, `RCODE11` for one without a name.
    public var code: String
    /// The answer section, in the order it came.
    public var records: [Record]
    /// Whether the server calls itself the authority for the name.
    public var isAuthoritative: Bool

    /// An answer given by hand.
    public init(code: String, records: [Record] = [], isAuthoritative: Bool = false) {
        self.code = code
        self.records = records
        self.isAuthoritative = isAuthoritative
    }
}
