internal import Glibc
import JSON

/// What `SLARUNNER_COMMAND` asks to run.
public enum Command: Sendable, Hashable {
    /// A line for `/bin/sh -c`.
    case shell(String)
    /// A program and its arguments, run without a shell.
    case direct([String])

    static let shellPath = "/bin/sh"

    /// Reads the variable: a JSON array of strings such as `["/app/test", "-x"]` is run directly, all else by a shell.
    ///
    /// Where there is no shell, as in an image made `FROM scratch`, a line without any character that means something
    /// to a shell is split at its spaces and run directly.
    /// - Throws: ``SLARunnerError`` `noShell` when the line needs a shell that is not there.
    public init(_ text: String, hasShell: Bool) throws(SLARunnerError) {
        if let words = Self.jsonArray(text) {
            self = .direct(words)
        } else if hasShell {
            self = .shell(text)
        } else if Self.needsShell(text) {
            throw SLARunnerError(
                .noShell,
                "SLARUNNER_COMMAND needs \(Self.shellPath), which is not here. Add a shell, or name a program and "
                    + #"its arguments as a JSON array: SLARUNNER_COMMAND='["/app/test", "-x"]'"#)
        } else {
            self = .direct(text.split(separator: " ").map(String.init))
        }
    }

    /// Whether this machine has a shell.
    public static var hasShell: Bool { access(shellPath, X_OK) == 0 }

    private static func jsonArray(_ text: String) -> [String]? {
        guard text.hasPrefix("["), let items = try? JSONValue(parsing: text).arrayValue else { return nil }
        let words = items.compactMap(\.stringValue)
        return words.isEmpty || words.count < items.count ? nil : words
    }

    private static func needsShell(_ text: String) -> Bool {
        text.contains { !$0.isASCII || "\n\t\\'\"`$&|;<>()[]{}*?!#~=%".contains($0) } || text.allSatisfy { $0 == " " }
    }
}
