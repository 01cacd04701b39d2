import Basics
import JSON
import Testing
import TestSupport

@Suite("Numbers")
struct NumberTests {
    @Test(arguments: [
        ("0", JSONValue.integer(0)), ("-1", .integer(-1)), ("-0", .double(-0.0)), ("1.0", .double(1)),
        ("1e2", .double(100)), ("1E-2", .double(0.01)), ("-0.0", .double(-0.0)),
        ("9223372036854775807", .integer(.max)), ("9223372036854775808", .unsigned(1 << 63)),
        ("18446744073709551609", .unsigned(.max - 6)), ("18446744073709551615", .unsigned(.max)),
        ("18446744073709551616", .double(0x1p64)), ("99999999999999999999", .double(1e20)),
        ("-9223372036854775808", .integer(.min)), ("-9223372036854775809", .double(-0x1p63)),
        ("123456789012345678901234567890", .double(1.2345678901234568e29)),
        ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)), ("5e-324", .double(.leastNonzeroMagnitude)),
        ("2.4703282292062327e-324", .double(0)), ("1e-999999999999999999999", .double(0)), ("0e999999", .double(0)),
        ("9007199254740993", .integer(9_007_199_254_740_993)), ("9007199254740993.0", .double(9_007_199_254_740_992)),
        ("0.1000000000000000055511151231257827021181583404541015625", .double(0.1)),
    ])
    func parsing(_ text: String, _ value: JSONValue) throws {
        let parsed = try JSONValue(parsing: text)
        #expect(parsed == value)
        #expect(parsed.doubleValue?.sign == value.doubleValue?.sign)
        #expect(try JSONValue(parsing: parsed.serialized()) == value)
    }

    /// Against the C library, by way of the standard library: random bits, and digits around every power of ten.
    @Test func nearestDouble() throws {
        var random = SeededRandom(1)
        for round in 0..<60_000 {
            let digits = random.next() >> UInt64.random(in: 0...63, using: &random)
            let exponent = Int.random(in: round % 2 == 0 ? -330...300 : -45...45, using: &random)
            let text = round % 3 == 0 ? random.finiteDouble().description : "\(digits)e\(exponent)"
            let expected = try #require(Double(text))
            guard expected.isFinite else { continue }
            let parsed = try JSONValue(parsing: text).doubleValue
            if parsed?.bitPattern != expected.bitPattern { Issue.record("\(text) became \(parsed ?? .nan)") }
        }
    }

    @Test func doublesSurvive() throws {
        var random = SeededRandom(2)
        for _ in 0..<20_000 {
            let value = random.finiteDouble()
            let parsed = try JSONValue(parsing: JSONValue.double(value).serialized())
            if parsed.doubleValue?.bitPattern != value.bitPattern { Issue.record("\(value) became \(parsed)") }
        }
    }

    @Test(
        arguments: [
            (JSONValue.integer(7), 7, 7.0), (.unsigned(.max), nil, 0x1p64), (.double(2.5), nil, 2.5),
            (.double(1e15), 1_000_000_000_000_000, 1e15), (.double(0x1p53), 1 << 53, 0x1p53),
            (.double(0x1p54), nil, 0x1p54), ("7", nil, nil), (nil, nil, nil), (true, nil, nil),
        ] as [(JSONValue, Int64?, Double?)])
    func conversions(_ value: JSONValue, integer: Int64?, double: Double?) {
        #expect(value.intValue == integer)
        #expect(value.doubleValue == double)
    }

    @Test(arguments: [
        (JSONValue(UInt64.max), "18446744073709551615"), (JSONValue(Int64.min), "-9223372036854775808"),
        (JSONValue(UInt8(200)), "200"), (0, "0"), (.double(100), "100.0"), (.double(1e300), "1e+300"),
        (.double(.nan), "null"), (.double(-.infinity), "null"), (0.1, "0.1"),
    ])
    func writing(_ value: JSONValue, _ text: String) {
        #expect(value.description == text)
    }
}
