import JSON

/// An observation as conditions see it; the body is parsed when the first of them asks, and once.
struct ObservedValues {
    /// Larger bodies are not parsed: the values of one take up to thirty times its size.
    private static let limits = JSONLimits(bytes: 2 << 20)

    let observation: Observation
    private var document: Document = .notParsed

    private enum Document {
        case notParsed, invalid
        case value(JSONValue)
    }

    init(_ observation: Observation) { self.observation = observation }

    /// The body as JSON; `nil` when it is none.
    mutating func json() -> JSONValue? {
        if case .notParsed = document { document = Self.parse(observation.body).map(Document.value) ?? .invalid }
        guard case .value(let value) = document else { return nil }
        return value
    }

    /// As Gatus's parser does, bytes that are not UTF-8 are replaced.
    private static func parse(_ body: [UInt8]) -> JSONValue? {
        do throws(JSONError) {
            return try JSONValue(parsing: body, limits: limits)
        } catch {
            guard error.code == .invalidUTF8 else { return nil }
            return try? JSONValue(parsing: String(decoding: body, as: UTF8.self), limits: limits)
        }
    }
}
