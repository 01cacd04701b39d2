import JSON

extension JSONValue {
    /// The value as conditions compare it: text as it is, an object as compact JSON with sorted keys, an array as Go
    /// prints it: `[a 1 map[k:v]]`.
    var conditionText: String {
        if case .object = self {
            return String(decoding: withWholeNumbers.serialized([.sortedKeys, .htmlSafe]), as: UTF8.self)
        }
        var text = ""
        append(to: &text)
        return text
    }

    /// The number as Gatus writes it when that differs from ``conditionText``: `1e+06`.
    var gatusNumber: String? {
        guard let number = doubleValue else { return nil }
        let text = DecimalText(number).general
        return text == conditionText ? nil : text
    }

    private func append(to text: inout String) {
        switch self {
        case .null: text += "<nil>"
        case .string(let value): text += value
        case .bool, .integer, .unsigned: text += description
        case .double(let value): text += DecimalText(value).plain
        case .array(let elements):
            text += "["
            for (position, element) in elements.enumerated() {
                if position > 0 { text += " " }
                element.append(to: &text)
            }
            text += "]"
        case .object(let object):
            text += "map["
            let members = object.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (position, member) in members.enumerated() {
                if position > 0 { text += " " }
                text += member.key + ":"
                member.value.append(to: &text)
            }
            text += "]"
        }
    }

    /// The same with `1.0` as `1`, the way Go writes it.
    private var withWholeNumbers: JSONValue {
        switch self {
        case .double: intValue.map(JSONValue.integer) ?? self
        case .array(let elements): .array(elements.map(\.withWholeNumbers))
        case .object(let object): .object(JSONObject(object.map { ($0.key, $0.value.withWholeNumbers) }))
        case .null, .bool, .integer, .unsigned, .string: self
        }
    }
}
