extension Timestamp {
    /// Reads ISO 8601: `2026-11-21T03:42:00.123456Z`, any number of fraction digits (cut at microseconds), offsets as
    /// `+08:00`, `+0800` or `+08`, the basic form `20261121T034200Z`, a space for the `T`, and a date alone (midnight).
    ///
    /// Without an offset the time is UTC. Nil when the text is anything else.
    public init?(iso8601 text: String) {
        var text = DateText(text)
        guard let year = text.number(4) else { return nil }
        let isExtended = text.skip("-")
        guard let month = text.number(2), !isExtended || text.skip("-"), let day = text.number(2) else { return nil }
        if text.isAtEnd {
            self.init(CivilDate(year: year, month: month, day: day), fraction: 0, offset: 0)
            return
        }
        guard text.skip("T") || text.skip("t") || text.skip(" "), let hour = text.number(2) else { return nil }
        guard !isExtended || text.skip(":"), let minute = text.number(2) else { return nil }
        guard !isExtended || text.skip(":"), let second = text.number(2) else { return nil }
        guard let fraction = text.fraction(), let offset = text.offset(), text.isAtEnd else { return nil }
        let date = CivilDate(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        self.init(date, fraction: fraction, offset: offset)
    }

    /// Reads an HTTP date (IMF-fixdate, RFC 1123): `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// Nil when the text is anything else. The name of the weekday may be wrong.
    public init?(httpDate text: String) {
        var text = DateText(text)
        guard text.name(Self.weekdays) != nil, text.skip(","), text.skip(" "), let day = text.number(2),
            text.skip(" "), let month = text.name(Self.months), text.skip(" "), let year = text.number(4),
            text.skip(" "), let hour = text.number(2), text.skip(":"), let minute = text.number(2), text.skip(":"),
            let second = text.number(2), text.skip(" "), text.name(["GMT", "UTC"]) != nil, text.isAtEnd
        else { return nil }
        let date = CivilDate(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
        self.init(date, fraction: 0, offset: 0)
    }

    private init?(_ date: CivilDate?, fraction: Int64, offset: Int64) {
        guard let date else { return nil }
        self.init(secondsSinceEpoch: date.secondsSinceEpoch - offset, microseconds: fraction)
    }
}

extension Timestamp: Codable {
    /// Reads ISO 8601, an HTTP date, or a number: seconds since 1970, or milliseconds from a magnitude of 10^11 on.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self.init(secondsSinceEpoch: number.magnitude < 1e11 ? number : number / 1_000)
            return
        }
        let text = try container.decode(String.self)
        guard let moment = Timestamp(iso8601: text) ?? Timestamp(httpDate: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected an ISO 8601 or HTTP date, found \"\(text.prefix(64))\"")
        }
        self = moment
    }

    /// Writes ISO 8601 in UTC.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }
}
