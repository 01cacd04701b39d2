import Basics
import Foundation
import JSON
import Testing
import TestSupport

@Suite("Timestamp")
struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999999Z", -1),
        ("2026-11-21T03:42:00Z", 1_795_232_520_000_000),
        ("2026-11-21T03:42:00.5Z", 1_795_232_520_500_000), ("2026-11-21T03:42:00.123456789Z", 1_795_232_520_123_456),
        ("2026-11-21t03:42:00,25z", 1_795_232_520_250_000), ("2026-11-21 03:42:00", 1_795_232_520_000_000),
        ("2026-11-21T03:42:00+08:00", 1_795_203_720_000_000), ("2026-11-21T03:42:00-0530", 1_795_252_320_000_000),
        ("2026-11-21T03:42:00+01", 1_795_228_920_000_000), ("20181226T220114.058+0800", 1_545_832_874_058_000),
        ("20261121T034200Z", 1_795_232_520_000_000), ("2026-11-21", 1_795_219_200_000_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000_000), ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ])
    func readsISO8601(_ text: String, microseconds: Int64) {
        #expect(Timestamp(iso8601: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-11", "2026-11-21T", "2026-11-21T03", "2026-11-21T03:42", "2026-11-21T03:42:00.",
        "2026-11-21T03:42:00ZZ", "2026-11-21T03:42:00+1", "2026-11-21T03:42:00+01:", "2026-11-21T03:42:00+24:00",
        "2026-11-21T03:42:00+01:60", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-31T00:00:00Z",
        "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-21T24:00:00Z",
        "2026-11-21T00:60:00Z", "2026-11-21T00:00:61Z", "2026-1121T00:00:00Z", "2026-11-21T000000Z", "x026-11-21",
        "２026-11-21", "2026-11-21Z", " 2026-11-21", "2026-11-21T03:42:00 Z",
    ])
    func refusesISO8601(_ text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sat, 21 Nov 2026 03:42:00 GMT", 1_795_232_520),
        ("Thu, 01 Jan 1970 00:00:00 UTC", 0), ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
    ])
    func readsHTTPDate(_ text: String, seconds: Int64) throws {
        let moment = try #require(Timestamp(httpDate: text))
        #expect(moment.microseconds == seconds * 1_000_000)
        #expect(moment.httpDate == text.replacing("UTC", with: "GMT"))
    }

    @Test(arguments: [
        "", "Sun", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Non 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", "06 Nov 1994 08:49:37 GMT",
    ])
    func refusesHTTPDate(_ text: String) {
        #expect(Timestamp(httpDate: text) == nil)
    }

    @Test func formats() {
        let moment = Timestamp(microseconds: 1_795_232_520_123_456)
        #expect(moment.iso8601 == "2026-11-21T03:42:00.123456Z")
        #expect(moment.iso8601(fractionDigits: 0) == "2026-11-21T03:42:00Z")
        #expect(moment.iso8601(fractionDigits: 3) == "2026-11-21T03:42:00.123Z")
        #expect(moment.iso8601Basic == "20261121T034200Z")
        #expect("\(Timestamp(millisecondsSinceEpoch: 1_500))" == "1970-01-01T00:00:01.500Z")
        #expect(Timestamp(millisecondsSinceEpoch: -1).iso8601 == "1969-12-31T23:59:59.999Z")
        #expect(Timestamp(secondsSinceEpoch: 0.25).microseconds == 250_000)
        #expect(moment.millisecondsSinceEpoch == 1_795_232_520_123)
        #expect(Timestamp(microseconds: -1).millisecondsSinceEpoch == -1)
        #expect(moment.secondsSinceEpoch == 1_795_232_520.123456)
    }

    /// Every day of 400 years, after which the calendar repeats itself, comes back and follows the one before.
    @Test func calendar() throws {
        var previous = try #require(Timestamp(iso8601: "1799-12-31"))
        for _ in 0..<146_097 {
            let next = previous + .seconds(86_400)
            let text = next.iso8601(fractionDigits: 0)
            if Timestamp(iso8601: text) != next { Issue.record("\(text) does not come back") }
            previous = next
        }
        #expect(previous.iso8601 == "2199-12-31T00:00:00Z")
    }

    @Test func againstFoundation() {
        var random = SeededRandom(3)
        for _ in 0..<5_000 {
            // From 1600 on: before 1582 Foundation uses another calendar.
            let seconds = Int64.random(in: -11_000_000_000..<253_402_300_800, using: &random)
            let moment = Timestamp(microseconds: seconds * 1_000_000)
            let date = Date(timeIntervalSince1970: Double(seconds))
            #expect(moment.iso8601 == date.formatted(.iso8601))
        }
    }

    @Test func arithmetic() {
        let moment = Timestamp(microseconds: 1_000_000)
        #expect((moment + .milliseconds(1_500)).microseconds == 2_500_000)
        #expect((moment - .seconds(2)).microseconds == -1_000_000)
        #expect(moment - Timestamp(microseconds: 3) == .microseconds(999_997))
        #expect(moment < moment + .microseconds(1))
        var moved = moment
        moved += .seconds(5)
        moved -= .seconds(1)
        #expect(moved.microseconds == 5_000_000)
        #expect(moment + .seconds(Int64.max) == Timestamp(microseconds: .max))
        #expect(moment - .seconds(Int64.max) == Timestamp(microseconds: .min))
        #expect(Timestamp(secondsSinceEpoch: .infinity) == Timestamp(microseconds: .max))
        #expect(Timestamp(secondsSinceEpoch: .nan) == Timestamp(microseconds: .min))
        #expect(Timestamp(millisecondsSinceEpoch: .min) == Timestamp(microseconds: .min))
        _ = Timestamp(microseconds: .min).iso8601 + Timestamp(microseconds: .max).httpDate
    }

    @Test func now() {
        let before = Date().timeIntervalSince1970
        let now = Timestamp.now().secondsSinceEpoch
        #expect((before - 1...Date().timeIntervalSince1970 + 1).contains(now))
    }

    @Test(arguments: [
        ("1795232520", 1_795_232_520_000_000), ("1795232520.25", 1_795_232_520_250_000),
        ("1795232520123", 1_795_232_520_123_000), (#""2026-11-21T03:42:00.5Z""#, 1_795_232_520_500_000),
        (#""Sat, 21 Nov 2026 03:42:00 GMT""#, 1_795_232_520_000_000), ("-1", -1_000_000),
    ])
    func decodes(_ text: String, microseconds: Int64) throws {
        let moment = try JSONDecoder().decode(Timestamp.self, from: text)
        #expect(moment.microseconds == microseconds)
        #expect(try JSONDecoder().decode(Timestamp.self, from: JSONEncoder().encode(moment)) == moment)
    }
}
