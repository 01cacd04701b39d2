import Basics

/// A date or a time stamp of YAML 1.1.
struct PyYAMLTime {
    private var numbers: [Int64] = []
    private var fraction: Int64 = 0
    private var hasTime = false
    /// Seconds east of UTC; nil when the text has no time zone.
    private var offset: Int64?

    /// - Parameter isExplicit: whether a tag says so, so that a date may have months and days of one digit.
    init?(_ text: String, isExplicit: Bool) {
        var rest = Array(text.utf8)[...]
        func number(_ lengths: ClosedRange<Int>) -> Int64? {
            let digits = rest.prefix(lengths.upperBound).prefix { 0x30...0x39 ~= $0 }
            guard lengths.contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            return Int64(String(decoding: digits, as: UTF8.self))
        }
        func skip(_ sign: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: sign) else { return false }
            rest.removeFirst()
            return true
        }
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        guard let year = number(4...4), skip("-"), let month = number(1...2), skip("-"), let day = number(1...2) else {
            return nil
        }
        numbers = [year, month, day]
        guard !rest.isEmpty else {
            if isExplicit || text.utf8.count == 10 { return }
            return nil
        }
        hasTime = true
        let spaces = rest.prefix(while: isSpace).count
        rest = rest.dropFirst(spaces)
        guard spaces > 0 || skip("T") || skip("t"), let hour = number(1...2), skip(":"), let minute = number(2...2),
            skip(":"), let second = number(2...2)
        else { return nil }
        numbers += [hour, minute, second]
        if skip(".") {
            let digits = rest.prefix { 0x30...0x39 ~= $0 }
            rest = rest.dropFirst(digits.count)
            let text = String(decoding: digits.prefix(6), as: UTF8.self)
            fraction = Int64(text + String(repeating: "0", count: 6 - text.utf8.count)) ?? 0
        }
        guard !rest.isEmpty else { return }
        rest = rest.drop(while: isSpace)
        if skip("Z") {
            offset = 0
        } else {
            let isEast = skip("+")
            guard isEast || skip("-"), let hours = number(1...2) else { return nil }
            var seconds = hours * 3_600
            if skip(":") {
                guard let minutes = number(2...2) else { return nil }
                seconds += minutes * 60
            }
            offset = isEast ? seconds : -seconds
        }
        guard rest.isEmpty else { return nil }
    }

    /// The text that Python's `isoformat()` gives; nil for a date that the calendar does not have.
    var iso8601: String? {
        let time = hasTime ? Array(numbers[3...]) : [0, 0, 0]
        guard numbers[0] >= 1, time[2] < 60, abs(offset ?? 0) < 86_400,
            CivilDate(
                year: numbers[0], month: numbers[1], day: numbers[2], hour: time[0], minute: time[1], second: time[2])
                != nil
        else { return nil }
        func padded(_ number: Int64, _ length: Int = 2) -> String {
            let text = String(number)
            return String(repeating: "0", count: length - text.utf8.count) + text
        }
        var text = "\(padded(numbers[0], 4))-\(padded(numbers[1]))-\(padded(numbers[2]))"
        guard hasTime else { return text }
        text += "T" + time.map { padded($0) }.joined(separator: ":")
        if fraction != 0 { text += "." + padded(fraction, 6) }
        if let offset {
            let minutes = abs(offset) / 60
            text += (offset < 0 ? "-" : "+") + padded(minutes / 60) + ":" + padded(minutes % 60)
        }
        return text
    }
}
