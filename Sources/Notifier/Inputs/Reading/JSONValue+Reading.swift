import JSON

extension JSONValue {
    /// A scalar as a person would write it; nil for null, blank text and the word `null` (CloudMonitor sends it), and
    /// for lists and objects.
    var text: String? {
        switch self {
        case .string(let string): return string.nonBlank
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number): return String(number)
        case .unsigned(let number): return String(number)
        case .double(let number): return readable(number)
        case .null, .array, .object: return nil
        }
    }

    /// A number, or text that holds one.
    var number: Double? {
        if let number = doubleValue { return number.isFinite ? number : nil }
        guard let text = stringValue?.trimmed, let number = Double(text), number.isFinite else { return nil }
        return number
    }

    /// A whole number, or text that holds one.
    var wholeNumber: Int? { number.flatMap { Int(exactly: $0) } }

    /// The elements of an array, or the value itself as the only one; none for null.
    var elements: [JSONValue] { arrayValue ?? (isNull ? [] : [self]) }

    /// The readable scalars among the elements.
    var texts: [String] { elements.compactMap(\.text) }

    /// A moment: ISO 8601, an HTTP date, or seconds or milliseconds since 1970 as number or text.
    var timestamp: Timestamp? {
        if let number { return Timestamp(secondsSinceEpoch: number.magnitude < 1e11 ? number : number / 1_000) }
        guard let text else { return nil }
        return Timestamp(iso8601: text) ?? Timestamp(httpDate: text)
    }
}

extension JSONObject {
    /// The first readable scalar of these keys.
    func text(_ keys: String...) -> String? {
        for key in keys { if let text = self[key]?.text { return text } }
        return nil
    }
}
