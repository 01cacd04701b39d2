public import JSON

extension RunOptions {
    /// The options as a ledger stores them, for a recovery.
    public var details: JSONObject {
        var details: JSONObject = [
            "hypothesis": .string(hypothesis.rawValue), "failsFast": .bool(failsFast), "strict": .bool(isStrict),
            "frequency": .double(hypothesisFrequency.seconds),
        ]
        // A word that nobody knows plays none.
        details["rollbacks"] = .string((rollbacks ?? .never).rawValue)
        details["dry"] = dry.map { .string($0.rawValue) }
        return details
    }

    /// Options that were stored.
    public init(details: JSONObject) {
        self.init()
        hypothesis = details["hypothesis"]?.stringValue.flatMap(HypothesisStrategy.init(word:)) ?? .standard
        rollbacks = details["rollbacks"]?.stringValue.flatMap(RollbackStrategy.init)
        dry = details["dry"]?.stringValue.flatMap(Dry.init)
        failsFast = details["failsFast"] == true
        isStrict = details["strict"] == true
        if let seconds = details["frequency"]?.doubleValue {
            hypothesisFrequency = .milliseconds(Int64(max(0, min(seconds, 1e6)) * 1_000))
        }
    }
}
