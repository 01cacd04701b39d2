/// Durations as Gatus shows them.
enum DurationText {
    /// Hours, minutes and seconds without zeros at the end: `336h`, `1h30m`, `1h0m15s`, `0s`.
    static func hours(milliseconds: Int64) -> String {
        let total = (milliseconds / 1_000).magnitude
        let (hours, minutes, seconds) = (total / 3_600, total / 60 % 60, total % 60)
        guard total > 0 else { return "0s" }
        var text = milliseconds < 0 ? "-" : ""
        if hours > 0 { text += "\(hours)h" }
        if minutes > 0 || (hours > 0 && seconds > 0) { text += "\(minutes)m" }
        if seconds > 0 { text += "\(seconds)s" }
        return text
    }
}
