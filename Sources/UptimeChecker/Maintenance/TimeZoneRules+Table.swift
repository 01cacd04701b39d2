extension TimeZoneRules {
    /// Looks a zone up by its IANA name, links included, in exactly this spelling; nil when there is none.
    init?(named name: String) {
        let lines = Self.table.withUTF8Buffer { Array($0) }.split(separator: UInt8(ascii: "\n"))
        for line in lines {
            let parts = line.split(separator: UInt8(ascii: "\t"))
            guard parts.count == 2,
                parts[1].split(separator: UInt8(ascii: " ")).contains(where: { $0.elementsEqual(name.utf8) })
            else { continue }
            self.init(String(decoding: parts[0], as: UTF8.self), name: name)
            return
        }
        return nil
    }

    /// Reads a rule and its exceptions, as the table has them.
    init?(_ text: String, name: String) {
        let parts = text.split(separator: " ")
        var reader = RuleReader(rest: (parts.first ?? "").utf8[...])
        guard let rule = reader.rule(name: name) else { return nil }
        self = rule
        for part in parts.dropFirst() {
            let sides = part.split(separator: "=")
            guard sides.count == 2, let minute = Int(sides[0]), let offset = Int(sides[1]) else { return nil }
            exceptions.append(Exception(time: minute * 60, offset: offset * 60))
        }
    }
}

/// Reads POSIX's `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`.
private struct RuleReader {
    var rest: Substring.UTF8View

    mutating func rule(name: String) -> TimeZoneRules? {
        guard skipAbbreviation(), let west = time() else { return nil }
        var rules = TimeZoneRules(name: name, standardOffset: -west)
        if rest.isEmpty { return rules }
        guard skipAbbreviation() else { return nil }
        // Without a number, daylight saving time is an hour ahead.
        let offset = rest.first == UInt8(ascii: ",") ? -west + 3_600 : -(time() ?? 0)
        guard let start = change(), let end = change(), rest.isEmpty else { return nil }
        rules.daylight = TimeZoneRules.Daylight(offset: offset, start: start, end: end)
        return rules
    }

    private mutating func skipAbbreviation() -> Bool {
        let isQuoted = take(UInt8(ascii: "<"))
        let name = rest.prefix { isQuoted ? $0 != UInt8(ascii: ">") : ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
        rest.removeFirst(name.count)
        return !name.isEmpty && (!isQuoted || take(UInt8(ascii: ">")))
    }

    /// Such as `,M3.5.0/-1:30`.
    private mutating func change() -> TimeZoneRules.Change? {
        guard take(UInt8(ascii: ",")), take(UInt8(ascii: "M")), let month = number(), take(UInt8(ascii: ".")),
            let week = number(), take(UInt8(ascii: ".")), let weekday = number(), 1...12 ~= month, 1...5 ~= week,
            0...6 ~= weekday
        else { return nil }
        let seconds = take(UInt8(ascii: "/")) ? time() : 7_200
        return seconds.map { TimeZoneRules.Change(month: month, week: week, weekday: weekday, time: $0) }
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    private mutating func time() -> Int? {
        let isNegative = take(UInt8(ascii: "-"))
        if !isNegative { _ = take(UInt8(ascii: "+")) }
        guard var seconds = number().map({ $0 * 3_600 }) else { return nil }
        for unit in [60, 1] where take(UInt8(ascii: ":")) {
            guard let number = number() else { return nil }
            seconds += number * unit
        }
        return isNegative ? -seconds : seconds
    }

    private mutating func number() -> Int? {
        let digits = rest.prefix { 0x30...0x39 ~= $0 }
        rest.removeFirst(digits.count)
        return Int(Substring(digits))
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }
}
