internal import Basics
internal import Markup

/// Turns what comes from outside, and numbers, into text for people.
enum Words {
    /// A text as one line, without characters that hide or turn others: a name must not be able to pose as another.
    static func line(_ text: String, limit: Int = 200) -> String { text.onOneLine(limit: limit) }

    /// A text of several lines without invisible characters, at most `limit` characters of it.
    static func block(_ text: String, limit: Int) -> String {
        var block = ""
        var count = 0
        for scalar in text.unicodeScalars where !scalar.isInvisible || scalar == "\n" || scalar == "\t" {
            if count == limit { return block + "…" }
            block.unicodeScalars.append(scalar)
            count += 1
        }
        return block
    }

    /// `1 invocation`, `10,000 invocations`.
    static func counted(_ count: Int, _ noun: String) -> String {
        "\(Words.count(count)) \(noun)\(count == 1 ? "" : "s")"
    }

    /// A whole number with commas: `10,000`.
    static func count(_ number: Int) -> String { number.withCommas }

    /// `3 ms`, `1.25 s`, with three digits at most; `< 1 ms` below that.
    static func milliseconds(_ milliseconds: Double) -> String {
        guard milliseconds.isFinite, milliseconds >= 0 else { return "–" }
        if milliseconds < 1 { return milliseconds == 0 ? "0 ms" : "< 1 ms" }
        let step: Double = milliseconds < 1_000 ? 1 : milliseconds < 10_000 ? 10 : 100
        return Duration.milliseconds(Int64((min(milliseconds, 1e12) / step).rounded() * step)).text
    }

    /// `23.4 MB`.
    static func bytes(_ bytes: Int) -> String {
        guard bytes >= 1 << 20 else { return "\(max(bytes, 0) >> 10) KB" }
        let tenths = Int(Double(bytes) / 1_048_576 * 10)
        return tenths < 1_000 ? "\(tenths / 10).\(tenths % 10) MB" : "\(count(tenths / 10)) MB"
    }

    /// How long something has lasted, in its largest unit so that it changes seldom: `under a minute`, `5 minutes`.
    static func age(_ duration: Duration) -> String {
        let minutes = Int(duration / .seconds(60))
        return switch minutes {
        case ..<1: "under a minute"
        case ..<120: Words.counted(minutes, "minute")
        case ..<(48 * 60): "\(minutes / 60) h \(minutes % 60) min"
        default: Words.counted(minutes / 1_440, "day")
        }
    }

    /// The time of the day, with the day before it unless that is today's: `14:03:20`, `11-28 14:03`.
    static func clock(_ moment: Timestamp, now: Timestamp) -> String {
        let text = moment.iso8601(fractionDigits: 0)
        let isToday = text.prefix(10) == now.iso8601(fractionDigits: 0).prefix(10)
        return String(
            isToday ? text.dropFirst(11).prefix(8) : text.dropFirst(5).prefix(5) + " " + text.dropFirst(11).prefix(5))
    }

    /// `2026-11-28 12:48:14 UTC`.
    static func moment(_ moment: Timestamp) -> String {
        let text = moment.iso8601(fractionDigits: 0)
        return "\(text.prefix(10)) \(text.dropFirst(11).dropLast()) UTC"
    }

    /// An id for an element, made of a name from outside.
    static func id(_ prefix: String, _ name: String) -> String { "\(prefix)-\(Digest.sha256Hex(name).prefix(10))" }
}

extension HTML {
    /// A moment: short for the eye, whole for machines and on hovering.
    mutating func time(_ moment: Timestamp, now: Timestamp) {
        element(
            "time", ["datetime": moment.iso8601(fractionDigits: 0), "title": Words.moment(moment)],
            Words.clock(moment, now: now))
    }
}
