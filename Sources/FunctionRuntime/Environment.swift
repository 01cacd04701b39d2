internal import Glibc

/// Environment variables as a value, so that nothing but a program's entry reads the process environment.
///
///     let configuration = try environment.parse { variables in
///         Configuration(
///             topic: variables.required("TOPIC_ARN"),
///             batchSize: variables.integer("BATCH_SIZE", default: 20, in: 1...1_000),
///             token: variables.required("TOKEN", secret: true)
///         )
///     }
///
/// throws one ``EnvironmentError`` that names every fault at once.
public struct Environment: Sendable, Hashable {
    /// All variables by name.
    public let variables: [String: String]

    /// Creates an environment from variables.
    public init(_ variables: [String: String]) {
        self.variables = variables
    }

    /// A copy of the process environment.
    ///
    /// Bytes that are not UTF-8 become U+FFFD.
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

    /// Reads a configuration and collects every fault on the way.
    ///
    /// - Parameter body: Builds the configuration. A getter that finds a fault notes it and returns a placeholder,
    ///   which is never seen: `parse` throws then.
    /// - Throws: ``EnvironmentError`` when any variable is missing or wrong; otherwise what `body` throws.
    public func parse<Configuration>(_ body: (inout Reader) throws -> Configuration) throws -> Configuration {
        var reader = Reader(environment: self)
        let configuration: Configuration
        do {
            configuration = try body(&reader)
        } catch {
            throw reader.faults.isEmpty ? error : EnvironmentError(faults: reader.faults)
        }
        guard reader.faults.isEmpty else { throw EnvironmentError(faults: reader.faults) }
        return configuration
    }
}
