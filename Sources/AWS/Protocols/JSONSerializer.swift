internal import JSON

/// Turns inputs into the JSON that goes over the wire, for `json` and `rest-json`.
struct JSONSerializer {
    let graph: ShapeGraph

    func json(_ value: JSONValue, _ reference: ShapeReference) -> JSONValue {
        let shape = graph[reference]
        switch (shape.kind, value) {
        case (.structure, .object(let members)) where !shape.isDocument:
            return .object(
                JSONObject(
                    members.compactMap { name, value in
                        shape.member(name).map { ($0.wireName, json(value, $0)) }
                    }
                )
            )
        case (.list, .array(let elements)):
            let element = graph.element(of: reference)
            return .array(elements.map { json($0, element) })
        case (.map, .object(let members)):
            let element = graph.entry(of: reference).value
            return .object(JSONObject(members.map { ($0, json($1, element)) }))
        case (.timestamp, _):
            let format = reference.timestampFormat ?? .unix
            guard let timestamp = Timestamp(wire: value) else { return value }
            return format == .unix ? .integer(timestamp.wholeSeconds) : .string(timestamp.wireText(format))
        case (.double, .double(let number)) where !number.isFinite: return .string(WireText.number(number))
        default: return value
        }
    }
}
