import Basics
import JSON
import Testing

@Suite("Encoder")
struct EncoderTests {
    struct ByHand: Encodable {
        enum Key: String, CodingKey { case a, b, c, d }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            var list = container.nestedUnkeyedContainer(forKey: .a)
            try container.encodeNil(forKey: .b)
            try list.encode(1)
            var inner = list.nestedContainer(keyedBy: Key.self)
            try list.encodeNil()
            #expect(list.count == 3)
            try inner.encode("late", forKey: .c)
            var again = encoder.container(keyedBy: Key.self)
            try again.encode(UInt64.max, forKey: .d)
            #expect(inner.codingPath.map(\.stringValue) == ["a", "Index 1"])
            // Asked again, the same container: what is there stays.
            var nested = container.nestedContainer(keyedBy: Key.self, forKey: .c)
            try nested.encode(true, forKey: .a)
            nested = container.nestedContainer(keyedBy: Key.self, forKey: .c)
            try nested.encode(false, forKey: .b)
            #expect(container.nestedUnkeyedContainer(forKey: .a).count == 3)
        }
    }

    @Test func containersByHand() throws {
        let bytes = try JSONEncoder().encode(ByHand())
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"a":[1,{"c":"late"},null],"b":null,"d":18446744073709551615,"c":{"a":true,"b":false}}"#)
    }

    @Test func fragmentsAndEmptiness() throws {
        struct Empty: Encodable {}
        #expect(try JSONEncoder().encodeToValue(Empty()) == [:])
        #expect(try JSONEncoder().encodeToValue([Empty]()) == [])
        #expect(try JSONEncoder().encodeToValue([String: Int]()) == [:])
        #expect(try JSONEncoder().encodeToValue(Int?.none) == nil)
        #expect(try JSONEncoder().encodeToValue("x") == "x")
        #expect(try JSONEncoder().encodeToValue(Timestamp(microseconds: 0)) == "1970-01-01T00:00:00Z")
        #expect(
            try JSONEncoder(options: [.pretty, .sortedKeys]).encode(["b": 1, "a": 2])
                == Array("{\n  \"a\": 2,\n  \"b\": 1\n}".utf8))
    }

    struct Measure: Encodable {
        var values: [String: [Double]] = [:]
        var single: Double = 0
        var float: Float = 0
    }

    @Test(
        arguments: [
            (Measure(values: ["a": [1, .nan]]), "values.a[1]", "JSON has no number nan"),
            (Measure(single: .infinity), "single", "JSON has no number inf"),
            (Measure(float: -.infinity), "float", "JSON has no number -inf"),
        ] as [(Measure, String, String)])
    func notANumber(_ value: Measure, path: String, message: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONEncoder().encode(value) }
        #expect(error.code == .invalidValue)
        #expect(error.path == path)
        #expect(error.message == message)
    }

    @Test func ownError() throws {
        struct Refusing: Encodable {
            struct Reason: Error {}
            func encode(to encoder: any Encoder) throws { throw Reason() }
        }
        let error = try #require(throws: JSONError.self) { try JSONEncoder().encode(["k": [Refusing()]]) }
        #expect(error.path == "k[0]")
        #expect(error.underlying is Refusing.Reason)
    }
}
