import JSON

/// What an invocation's event asks for.
enum RunRequest: Sendable, Hashable {
    /// Whatever is due: any event of a scheduler.
    case due
    /// Endpoints by name, due or not; without names all that are enabled: `{"endpoints": ["shop/api"]}`.
    case named([String])

    /// Reads an event.
    /// - Throws: `UptimeCheckerError` when `endpoints` is no list of names.
    init(parsing event: [UInt8]) throws(UptimeCheckerError) {
        guard !event.isEmpty else {
            self = .due
            return
        }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: event) } catch {
            throw UptimeCheckerError(.wrongEvent, "the event is not JSON: \(error)", underlying: error)
        }
        guard let endpoints = value["endpoints"] else {
            self = .due
            return
        }
        let names = endpoints.arrayValue?.map(\.stringValue)
        guard let names, !names.contains(nil) else {
            throw UptimeCheckerError(.wrongEvent, #""endpoints" must be a list of names: {"endpoints":["shop/api"]}"#)
        }
        self = .named(names.compactMap { $0 })
    }
}
