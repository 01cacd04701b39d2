import Basics

/// The ids of the function's runs.
enum RunName {
    /// Whether it can be part of a document's key.
    static func isValid(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    /// The id of a message: a platform that tries again sends the same one, and then it is the same run.
    static func of(message id: String) -> String {
        // An invocation's only message is the invocation: its run has the request id that the caller knows.
        let id = id.hasSuffix("#0") ? String(id.dropLast(2)) : id
        return isValid(id) ? id : String(Digest.sha256Hex(id).prefix(32))
    }

    /// The id of a durable execution, which ends its ARN.
    static func of(execution arn: String) -> String {
        of(message: arn.split(separator: "/").last.map(String.init) ?? arn)
    }
}
