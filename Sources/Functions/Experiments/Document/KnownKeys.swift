internal import Basics

/// The keys that mean something at each place of an experiment; others are carried without effect.
enum KnownKeys {
    static let experiment = [
        "title", "description", "method", "tags", "extensions", "contributions", "steady-state-hypothesis", "rollbacks",
        "configuration", "secrets", "controls", "runtime", "version", "dry",
    ]
    static let hypothesis = ["title", "probes", "controls"]
    static let activity = [
        "type", "name", "provider", "background", "pauses", "timeout", "controls", "tolerance", "ref", "dry",
    ]
    static let pauses = ["before", "after"]
    static let process = ["type", "path", "arguments", "timeout", "secrets"]
    static let http = [
        "type", "url", "method", "headers", "arguments", "timeout", "verify_tls", "max_retries", "secrets",
        "expected_status",
    ]
    static let python = ["type", "module", "func", "arguments", "secrets"]
    static let control = ["name", "provider", "scope", "automatic", "ref", "arguments"]
    static let regex = ["type", "pattern", "target"]
    static let range = ["type", "range", "target"]
    static let jsonpath = ["type", "path", "expect", "count", "target"]
    static let environmentVariable = ["type", "key", "default", "env_var_type"]
    static let vault = ["type", "path", "key"]
    static let runtime = ["hypothesis", "rollbacks", "python"]
    static let strategy = ["strategy"]

    /// Words that people use for keys which are spelt quite differently.
    private static let synonyms = [
        "args": "arguments", "command": "path", "function": "func", "hypothesis": "steady-state-hypothesis",
        "steps": "method", "uri": "url", "variables": "configuration",
    ]

    /// The known key that an unknown one was probably meant to be.
    static func meant(by key: String, among known: [String]) -> String? {
        if let synonym = synonyms[key], known.contains(synonym) { return synonym }
        // Two letters in the wrong order count as two changes, which is too many in a short word.
        let letters = key.utf8.sorted()
        return known.first { $0.utf8.sorted() == letters } ?? known.nearest(to: key)
    }
}
