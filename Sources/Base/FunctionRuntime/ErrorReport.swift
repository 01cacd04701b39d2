public import JSON

/// An error in the form that platforms show to callers, in consoles and in traces.
public struct ErrorReport: Sendable, Hashable {
    /// `Function.` or `Runtime.`, then letters; platforms replace any other form by `Runtime.Unknown`.
    public let type: String

    /// The description of the error, at most 32 KiB.
    public let message: String

    /// Stack frames, innermost first; empty for most errors, since Swift errors carry no stack.
    public let stackTrace: [String]

    /// Creates a report.
    ///
    /// The type is brought into the accepted form, the message cut to size.
    public init(type: String, message: String, stackTrace: [String] = []) {
        self.type = Self.acceptable(type)
        self.message = Self.prefix(of: message, bytes: 32 * 1_024)
        self.stackTrace = stackTrace
    }

    /// The report of an error thrown by a function; the type is its `errorType`, or the name of its Swift type.
    public init(_ error: any Error) {
        let reportable = error as? any ReportableError
        self.init(
            type: reportable?.errorType ?? String(describing: Swift.type(of: error)),
            message: String(describing: error),
            stackTrace: reportable?.stackTrace ?? []
        )
    }

    /// `{"errorMessage":…,"errorType":…,"stackTrace":[…]}`, the body both Lambda and Function Compute take.
    public var json: JSONValue {
        [
            "errorMessage": .string(message), "errorType": .string(type),
            "stackTrace": .array(stackTrace.map { .string($0) }),
        ]
    }

    /// The longest prefix of a text within a number of UTF-8 bytes.
    public static func prefix(of text: String, bytes limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }

    private static func acceptable(_ type: String) -> String {
        let scope = type.hasPrefix("Runtime.") ? "Runtime." : "Function."
        let name = type.hasPrefix(scope) ? type.dropFirst(scope.count) : type[...]
        let letters = name.prefix { $0 != "<" }.filter { $0.isASCII && $0.isLetter }
        guard letters.count > 1 else { return scope + "Error" }
        return scope + letters.prefix(1).uppercased() + letters.dropFirst()
    }
}

/// An error with a type of its own for reports, and perhaps stack frames.
public protocol ReportableError: Error {
    /// A name to group errors by, in letters: `ConfigurationMissing`; `Runtime.Name` when it is a host's, not the
    /// function's.
    var errorType: String { get }

    /// Stack frames, innermost first.
    var stackTrace: [String] { get }
}

extension ReportableError {
    /// No frames.
    public var stackTrace: [String] { [] }
}
