internal import Glibc

/// A moment, to the microsecond, without a time zone.
///
/// As `Codable` it is an ISO 8601 string in UTC; it decodes also from an HTTP date and from a number of seconds, or of
/// milliseconds when the magnitude is 10^11 or more (such seconds would lie after the year 5138).
public struct Timestamp: Sendable, Hashable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var microseconds: Int64

    /// A moment by microseconds since 1970 UTC.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// A moment by milliseconds since 1970 UTC; the nearest that can be held when out of range.
    public init(millisecondsSinceEpoch milliseconds: Int64) {
        self.init(secondsSinceEpoch: milliseconds / 1_000, microseconds: milliseconds % 1_000 * 1_000)
    }

    /// A moment by seconds since 1970 UTC, rounded to the microsecond; the nearest that can be held when out of range.
    public init(secondsSinceEpoch seconds: Double) {
        let microseconds = (seconds * 1e6).rounded()
        self.init(microseconds: Int64(exactly: microseconds) ?? (microseconds > 0 ? .max : .min))
    }

    /// Seconds and microseconds, which need not be below a second and may differ in sign; clamped.
    init(secondsSinceEpoch seconds: Int64, microseconds: Int64) {
        self.init(microseconds: Int64(clamping: Int128(seconds) * 1_000_000 + Int128(microseconds)))
    }

    /// The moment it is now, by the system's clock.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(secondsSinceEpoch: Int64(time.tv_sec), microseconds: Int64(time.tv_nsec) / 1_000)
    }

    /// Seconds since 1970 UTC.
    public var secondsSinceEpoch: Double { Double(microseconds) / 1e6 }

    /// Milliseconds since 1970 UTC, rounded down.
    public var millisecondsSinceEpoch: Int64 { microseconds.flooredDivision(by: 1_000).quotient }
}

extension Timestamp: Comparable {
    /// The earlier one is less.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
}

extension Timestamp {
    /// A later moment; the last one that can be held when out of range.
    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        let (seconds, attoseconds) = right.components
        let added = Int128(seconds) * 1_000_000 + Int128(attoseconds / 1_000_000_000_000)
        return Timestamp(microseconds: Int64(clamping: Int128(left.microseconds) + added))
    }

    /// An earlier moment; the first one that can be held when out of range.
    public static func - (left: Timestamp, right: Duration) -> Timestamp { left + (.zero - right) }

    /// The time from the right moment to the left one.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds) - .microseconds(right.microseconds)
    }

    /// Moves the moment on.
    public static func += (left: inout Timestamp, right: Duration) { left = left + right }

    /// Moves the moment back.
    public static func -= (left: inout Timestamp, right: Duration) { left = left - right }
}
