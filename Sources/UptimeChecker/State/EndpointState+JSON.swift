import Events
import JSON

extension EndpointState {
    /// As it is stored: `{"state":"down","since":µs,"runs":n,"runsSince":µs,"conditions":[…],"errors":[…]}`, what is zero
    /// or empty left out.
    var json: JSONValue {
        var object: JSONObject = ["state": .string(state.rawValue), "since": .integer(since.microseconds)]
        if contraryRuns > 0 {
            object["runs"] = .init(contraryRuns)
            object["runsSince"] = .integer(contrarySince.microseconds)
        }
        if !failedConditions.isEmpty { object["conditions"] = .array(failedConditions.map { .string($0) }) }
        if !errors.isEmpty { object["errors"] = .array(errors.map { .string($0) }) }
        return .object(object)
    }

    /// `nil` when the value is nothing of the kind.
    init?(_ value: JSONValue) {
        guard let name = value["state"]?.stringValue, let state = UptimeChange.State(rawValue: name),
            let since = value["since"]?.intValue
        else { return nil }
        self.init(
            state: state, since: Timestamp(microseconds: since), contraryRuns: Int(value["runs"]?.intValue ?? 0),
            contrarySince: Timestamp(microseconds: value["runsSince"]?.intValue ?? 0),
            failedConditions: value["conditions"]?.arrayValue?.compactMap(\.stringValue) ?? [],
            errors: value["errors"]?.arrayValue?.compactMap(\.stringValue) ?? []
        )
    }
}
