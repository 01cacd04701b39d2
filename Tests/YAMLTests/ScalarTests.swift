import JSON
import Testing
import YAML

@Suite struct ScalarTests {
    /// As Go's yaml.v3 reads them into an `interface{}`, dates apart.
    static let texts: [(String, JSONValue)] = [
        ("", .null), ("~", .null), ("null", .null), ("Null", .null), ("NULL", .null), ("nULL", "nULL"), ("~~", "~~"),
        ("true", true), ("True", true), ("TRUE", true), ("tRUE", "tRUE"), ("false", false), ("False", false),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("Off", "Off"), ("y", "y"), ("N", "N"),
        ("0", 0), ("-0", 0), ("+0", 0), ("12", 12), ("+12", 12), ("-12", -12), ("1_000", 1_000), ("1__0_", 10),
        ("0x1F", 31), ("0X1f", 31), ("-0x1F", -31), ("0x", "0x"), ("0xG", "0xG"), ("0o17", 15), ("0O17", 15),
        ("017", 15), ("-017", -15), ("00", 0), ("08", .double(8)), ("0o8", "0o8"), ("0b101", 5), ("-0b101", -5),
        ("0b2", "0b2"), ("0z7", "0z7"), ("--1", "--1"), ("+-1", "+-1"), ("0x-1", "0x-1"), ("+", "+"),
        ("9223372036854775807", 9_223_372_036_854_775_807), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .unsigned(9_223_372_036_854_775_808)),
        ("18446744073709551615", .unsigned(.max)), ("18446744073709551616", .double(18_446_744_073_709_551_616)),
        ("-9223372036854775809", .double(-9_223_372_036_854_775_808)),
        ("1.5", 1.5), ("-1.5", -1.5), ("1.", .double(1)), (".5", 0.5), ("+.5", 0.5), ("-.5", -0.5), (".", "."),
        ("0.5", 0.5), ("1e3", .double(1_000)), ("1E+3", .double(1_000)), ("1e", "1e"), ("1.5e-3", 0.0015),
        ("1e400", "1e400"), ("1_0.5", 10.5), (".5_0", ".5_0"), ("1.2.3", "1.2.3"), ("0x1p2", "0x1p2"),
        (".inf", .double(.infinity)), ("+.Inf", .double(.infinity)), ("-.INF", .double(-.infinity)),
        ("inf", "inf"), ("infinity", "infinity"), ("nan", "nan"),
        ("2001-12-14", "2001-12-14"), ("12:30:45", "12:30:45"), ("10s", "10s"), ("1h30m", "1h30m"), ("é", "é"),
        ("1é", "1é"), ("/path", "/path"), ("https://example.com/?a=b#c", "https://example.com/?a=b#c"),
    ]

    @Test(arguments: Self.texts)
    func plain(text: String, expected: JSONValue) throws {
        #expect(try YAMLNode(parsing: "a: \(text)").json == ["a": expected])
        // Without colons and brackets of its own, the same in JSON's style.
        if text != "", !text.contains(":") { #expect(try YAMLNode(parsing: "[\(text)]").json == [expected]) }
    }

    @Test func notANumber() throws {
        guard case .double(let number) = try YAMLNode(parsing: ".NaN").json else { throw Failure() }
        #expect(number.isNaN)
    }

    @Test(arguments: [
        (#""12""#, "12"), ("'true'", "true"), (#""""#, ""), ("'it''s'", "it's"),
        (#""a\tb\x41\u00e9\U0001F600""#, "a\tbAé😀"),
        ("|\n  a\n  b\n", "a\nb\n"), ("|-\n  a\n  b\n", "a\nb"), (">\n  a\n  b\n\n  c\n", "a b\nc\n"),
        ("a\n  b", "a b"), ("! 12", "12"), ("!!str 12", "12"), ("!!str", ""), ("!own 12", "12"),
        ("!!timestamp 2001-01-01", "2001-01-01"),
    ])
    func strings(yaml: String, expected: String) throws {
        #expect(try YAMLNode(parsing: "a: \(yaml)").json == ["a": .string(expected)])
    }

    @Test(
        arguments: [
            ("!!int 12", 12), (#"!!int "0x10""#, 16), ("!!float 12", .double(12)), ("!!float 1.5", 1.5),
            ("!!bool true", true),
            ("!!null ~", .null), ("!!null ''", .null),
        ] as [(String, JSONValue)])
    func tags(yaml: String, expected: JSONValue) throws {
        #expect(try YAMLNode(parsing: yaml).json == expected)
    }

    @Test(arguments: [("x", true), ("'x'", false), ("!!str x", false), ("|\n  x", false), ("12", true)])
    func plainness(yaml: String, expected: Bool) throws {
        guard case .scalar(let scalar) = try YAMLNode(parsing: yaml).kind else { throw Failure() }
        #expect(scalar.isPlain == expected)
    }
}

struct Failure: Error {}
