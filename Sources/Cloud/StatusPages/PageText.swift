public import Basics
internal import Markup
public import TimeZones

/// Turns times and numbers into text for people.
public enum PageText {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Oct`, of a month from 1 to 12.
    static func monthName(_ month: Int64) -> String { months[Int(month) - 1] }

    /// The parts of a time as the clocks of the zone show it.
    static func civil(_ time: Timestamp, _ zone: TimeZoneRules) -> CivilDate {
        let seconds = time.microseconds.flooredDivision(by: 1_000_000).quotient
        return CivilDate(secondsSinceEpoch: seconds + Int64(zone.offset(at: Int(seconds))))
    }

    /// `12 Oct`.
    public static func day(_ time: Timestamp, _ zone: TimeZoneRules) -> String {
        let date = civil(time, zone)
        return "\(date.day) \(monthName(date.month))"
    }

    /// `12 Oct 2026`.
    public static func date(_ time: Timestamp, _ zone: TimeZoneRules) -> String {
        "\(day(time, zone)) \(civil(time, zone).year)"
    }

    /// `14:05`.
    public static func clock(_ time: Timestamp, _ zone: TimeZoneRules) -> String {
        let date = civil(time, zone)
        return "\(date.hour.padded(2)):\(date.minute.padded(2))"
    }

    /// `12 Oct 14:05`; the zone is named once on the page.
    public static func moment(_ time: Timestamp, _ zone: TimeZoneRules) -> String {
        "\(day(time, zone)) \(clock(time, zone))"
    }

    /// `12 Oct 2026, 14:05 UTC`.
    public static func full(_ time: Timestamp, _ zone: TimeZoneRules) -> String {
        "\(date(time, zone)), \(clock(time, zone)) \(zone.name)"
    }

    /// `2026-10-12`, as a name for a day.
    static func isoDay(_ time: Timestamp, _ zone: TimeZoneRules) -> String {
        let date = civil(time, zone)
        return "\(date.year.padded(4))-\(date.month.padded(2))-\(date.day.padded(2))"
    }

    /// A response time: `45 ms`, `1.2 s`; three digits are enough.
    public static func seconds(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite else { return "–" }
        if seconds > 0, seconds < 0.001 { return "< 1 ms" }
        let step: Double = seconds < 1 ? 1 : seconds < 10 ? 10 : 100
        let milliseconds = (min(max(seconds, 0), 1e9) * 1_000 / step).rounded(.down) * step
        return Duration.milliseconds(Int64(milliseconds)).text
    }

    /// The length of an outage in whole seconds, and in its two largest units: `45 s`, `1 h 5 m`.
    public static func length(_ duration: Duration) -> String { Duration.seconds(duration.components.seconds).text }

    /// A number with so many digits behind the point, the rest cut: 99.99 does not become 100.
    static func cut(_ number: Double, digits: Int) -> String {
        guard number.isFinite, number.magnitude < 1e9 else { return "–" }
        let scale: Int64 = digits == 0 ? 1 : digits == 1 ? 10 : 100
        // A decimal fraction such as 0.29 can be a little less than its text says.
        let whole = Int64((number.magnitude * Double(scale) + 1e-9).rounded(.down))
        let (units, fraction) = whole.quotientAndRemainder(dividingBy: scale)
        let sign = number < 0 && whole != 0 ? "-" : ""
        guard fraction > 0 else { return sign + String(units) }
        var behind = Int64(fraction).padded(digits)
        while behind.hasSuffix("0") { behind.removeLast() }
        return "\(sign)\(units).\(behind)"
    }

    /// A number of at most two digits behind the point, cut: `14.4`.
    public static func number(_ number: Double) -> String { cut(number, digits: 2) }

    /// A share as a percentage, cut to two digits: `62.31 %`.
    public static func percent(_ share: Double) -> String { cut(share * 100, digits: 2) + " %" }

    /// A text from outside as one line of at most so many characters, without characters that hide or turn others.
    public static func line(_ text: String, limit: Int = 160) -> String { text.onOneLine(limit: limit) }
}
