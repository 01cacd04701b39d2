/// A date and time of day in the Gregorian calendar, in UTC.
public struct CivilDate: Sendable {
    /// The year, 0 and negative ones included (astronomical years).
    public let year: Int64
    /// 1 to 12.
    public let month: Int64
    /// 1 to 31.
    public let day: Int64
    /// 0 to 23.
    public let hour: Int64
    /// 0 to 59.
    public let minute: Int64
    /// 0 to 60; 60 is a leap second.
    public let second: Int64

    private static let secondsPerDay: Int64 = 86_400

    /// The date at a number of seconds since 1970-01-01T00:00:00.
    public init(secondsSinceEpoch: Int64) {
        let (days, second) = secondsSinceEpoch.flooredDivision(by: Self.secondsPerDay)
        // Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day ends them; 400 of them are an
        // era of always 146,097 days.
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = second / 3_600
        minute = second / 60 % 60
        self.second = second % 60
    }

    /// A date by its parts; nil when the calendar has no such date.
    ///
    /// Second 60, a leap second, counts as the first second of the next minute.
    public init?(year: Int64, month: Int64, day: Int64, hour: Int64 = 0, minute: Int64 = 0, second: Int64 = 0) {
        guard 1...12 ~= month, 1...Self.days(month: month, year: year) ~= day, 0...23 ~= hour, 0...59 ~= minute,
            0...60 ~= second
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// Days since 1970-01-01.
    public var daysSinceEpoch: Int64 {
        // Howard Hinnant's `days_from_civil`.
        let (era, yearOfEra) = (month <= 2 ? year - 1 : year).flooredDivision(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Seconds since 1970-01-01T00:00:00.
    public var secondsSinceEpoch: Int64 { daysSinceEpoch * Self.secondsPerDay + hour * 3_600 + minute * 60 + second }

    /// 0 for Sunday to 6 for Saturday.
    public var weekday: Int { Int((daysSinceEpoch + 4).flooredDivision(by: 7).remainder) }

    /// The number of days of a month: 28 to 31.
    /// - Parameter month: 1 to 12.
    public static func days(month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Int64 {
    /// Quotient and remainder where the remainder is never negative; the divisor must be positive.
    public func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// A date's text, which is read part by part; holds what is left of it.
struct DateText {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    /// Moves past one character, if it comes next.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    /// Moves past a number of exactly so many digits.
    mutating func number(_ digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Moves past one of these names, three letters each; its place in the list.
    mutating func name(_ names: [String]) -> Int64? {
        guard let place = names.firstIndex(where: { $0.utf8.elementsEqual(rest.prefix(3)) }) else { return nil }
        rest.removeFirst(3)
        return Int64(place)
    }

    /// Moves past a decimal fraction, if there is one; microseconds.
    ///
    /// Nil when the point has no digits.
    mutating func fraction() -> Int64? {
        guard skip(".") || skip(",") else { return 0 }
        guard var value = digit() else { return nil }
        var unit: Int64 = 100_000
        value *= unit
        while let digit = digit() {
            unit /= 10
            value += digit * unit
        }
        return value
    }

    /// Moves past `Z` or an offset, if there is one; seconds east of UTC.
    mutating func offset() -> Int64? {
        if isAtEnd || skip("Z") || skip("z") { return 0 }
        let isEast = skip("+")
        guard isEast || skip("-"), let hours = number(2), hours < 24 else { return nil }
        var minutes: Int64 = 0
        if !isAtEnd {
            _ = skip(":")
            guard let number = number(2), number < 60 else { return nil }
            minutes = number
        }
        let seconds = hours * 3_600 + minutes * 60
        return isEast ? seconds : -seconds
    }

    private mutating func digit() -> Int64? {
        guard let first = rest.first, UInt8(ascii: "0")...UInt8(ascii: "9") ~= first else { return nil }
        rest.removeFirst()
        return Int64(first & 0xF)
    }
}
