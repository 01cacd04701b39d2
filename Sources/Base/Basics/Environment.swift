internal import Glibc

/// Environment variables as a value, so that nothing but a program's entry reads the process environment.
///
/// `Configuration` reads typed values from it.
public struct Environment: Sendable {
    /// All variables by name.
    public let variables: [String: String]

    /// An environment of these variables alone.
    public init(_ variables: [String: String]) {
        self.variables = variables
    }

    /// A copy of the process environment; bytes that are not UTF-8 become U+FFFD.
    public static func current() -> Environment {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            if let separator = strchr(entry, Int32(UInt8(ascii: "="))) {
                let name = UnsafeRawBufferPointer(start: entry, count: separator - entry)
                variables[String(decoding: name, as: UTF8.self)] = String(cString: separator + 1)
            }
            next += 1
        }
        return Environment(variables)
    }

    /// The value of a variable; nil when it is not set or empty, which the two clouds' consoles do not tell apart.
    public subscript(name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// Where tocsin's programs keep what another process needs to go on: `$TOCSIN_STATE`, else
    /// `$XDG_STATE_HOME/tocsin`, else `~/.local/state/tocsin`; nil without a home.
    public var stateFolder: String? {
        if let folder = self["TOCSIN_STATE"] { return folder }
        return (self["XDG_STATE_HOME"] ?? self["HOME"].map { $0 + "/.local/state" }).map { $0 + "/tocsin" }
    }
}
