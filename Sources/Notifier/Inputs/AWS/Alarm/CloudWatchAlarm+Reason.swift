extension CloudWatchAlarm {
    /// Whether the reason has the compared values, so that nothing else needs to tell them.
    var reasonTellsValues: Bool { reason.map { !Self.values(in: $0).isEmpty } ?? false }

    /// The datapoints that a reason quotes: `… datapoints [99.5 (02/10/19 16:59:00), 98.1 (…)] was …`.
    static func values(in reason: String) -> [Double] {
        guard let place = datapoints(in: reason) else { return [] }
        return reason[place].parts(",").compactMap { $0.split(separator: " ").first.flatMap { Double($0) } }
    }

    /// CloudWatch's words without what nobody reads: digits without end, the datapoints' times, the rule that the
    /// condition tells, and before a child alarm's name the rest of its ARN.
    static func inWords(_ reason: String) -> String {
        var text = reason
        if text.hasPrefix("arn:"), let end = text.place(of: ":alarm:")?.upperBound { text = String(text[end...]) }
        if let place = datapoints(in: text) {
            let values = values(in: text)
            if values.count == text[place].parts(",").count {
                text.replaceSubrange(place, with: values.map { readable($0) }.joined(separator: ", "))
            }
        }
        if let start = text.place(of: " (minimum ")?.lowerBound,
            let end = text[start...].place(of: " transition)")?.upperBound
        {
            text.removeSubrange(start..<end)
        }
        return text
    }

    /// What stands between the brackets that follow the first `datapoint`.
    private static func datapoints(in reason: String) -> Range<String.Index>? {
        guard let word = reason.place(of: "datapoint")?.upperBound,
            let open = reason[word...].firstIndex(of: "["), let close = reason[open...].firstIndex(of: "]")
        else { return nil }
        return reason.index(after: open)..<close
    }
}
