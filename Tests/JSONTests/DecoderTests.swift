import Basics
import JSON
import Testing

@Suite("Decoder")
struct DecoderTests {
    struct Everything: Codable, Equatable {
        var bool = true, string = "text", double = -1.5, float: Float = 0.1
        var int = Int.min, int8 = Int8.min, int16 = Int16.min, int32 = Int32.min, int64 = Int64.max
        var uint = UInt.max, uint8 = UInt8.max, uint16 = UInt16.max, uint32 = UInt32.max, uint64 = UInt64.max
        var none: Int?, some: Int? = 1, optionals: [Int?] = [1, nil], strings = ["a", "b"], ints = [1, 2]
        var doubles = [1, 2.5], floats: [Float] = [0.1], bytes: [UInt8] = [1, 255], bools = [true, false]
        var dictionary = ["a": 1, "b": 2], nested = [["x": ["y"]]], kind = Kind.second
        var value: JSONValue = ["any": [1, nil, 2.5]], object: JSONObject = ["k": "v"]
        var timestamp = Timestamp(microseconds: 1_234_567), date: Timestamp?
        var choice = Choice.pair(1, name: "n"), range = 1...2, byNumber = [7: "seven"]

        enum Kind: String, Codable { case first, second }
        enum Choice: Codable, Equatable { case none, pair(Int, name: String) }
    }

    @Test func everyType() throws {
        let value = Everything()
        let bytes = try JSONEncoder().encode(value)
        #expect(try JSONDecoder().decode(Everything.self, from: bytes) == value)
        let tree = try JSONEncoder().encodeToValue(value)
        #expect(tree.serialized() == bytes)
        #expect(try JSONDecoder().decode(Everything.self, from: tree) == value)
        #expect(tree["float"] == .double(0.1))
        #expect(tree["none"] == nil)
        #expect(tree.objectValue?.keys.prefix(4) == ["bool", "string", "double", "float"])
    }

    @Test func fragments() throws {
        #expect(try JSONDecoder().decode(Int?.self, from: "null") == nil)
        #expect(try JSONDecoder().decode(String.self, from: "\"\\u00e9\"") == "é")
        #expect(try JSONDecoder().decode(JSONValue.self, from: "[1,{}]") == [1, [:]])
        #expect(try JSONDecoder().decode([String: [Double]].self, from: #"{"a":[1,2.5],"a":[3]}"#) == ["a": [3]])
        #expect(try JSONDecoder().decode(Int.self, from: "1e2") == 100)
    }

    struct Event: Decodable {
        var records: [Record]
        enum CodingKeys: String, CodingKey { case records = "Records" }
        struct Record: Decodable {
            var body: String
            var size: UInt8?
            var kind: Everything.Kind?
            var tags: [String]?
            var at: Timestamp?
            var more: [String: [Int]]?
        }
    }

    @Test(arguments: [
        (
            #"{"Records":[{"body":"a"},{"body":7}]}"#, JSONError.Code.typeMismatch, "Records[1].body",
            "expected String, found number (line 1, column 34)"
        ),
        (#"{"Records":[{}]}"#, .notFound, "Records[0].body", "the object lacks this key (line 1, column 13)"),
        (#"{}"#, .notFound, "Records", "the object lacks this key (line 1, column 1)"),
        ("[]", .typeMismatch, "", "expected object, found array (line 1, column 1)"),
        (#"{"Records":{"a":1}}"#, .typeMismatch, "Records", "expected array, found object (line 1, column 12)"),
        (
            #"{"Records":[{"body":null}]}"#, .nullValue, "Records[0].body",
            "expected String, found null (line 1, column 21)"
        ),
        (
            #"{"Records":[{"body":"","size":256}]}"#, .numberDoesNotFit, "Records[0].size",
            "256 does not fit UInt8 (line 1, column 31)"
        ),
        (
            #"{"Records":[{"body":"","size":1.5}]}"#, .numberDoesNotFit, "Records[0].size",
            "1.5 does not fit UInt8 (line 1, column 31)"
        ),
        (
            #"{"Records":[{"body":"","size":"1"}]}"#, .typeMismatch, "Records[0].size",
            "expected UInt8, found string (line 1, column 31)"
        ),
        (
            #"{"Records":[{"body":"","kind":"third"}]}"#, .invalidValue, "Records[0].kind",
            "Cannot initialize Kind from invalid String value third (line 1, column 31)"
        ),
        (
            "{\"Records\":[{\"body\":\"\",\n\"tags\":[\"a\",[]]}]}", .typeMismatch, "Records[0].tags[1]",
            "expected String, found array (line 2, column 13)"
        ),
        (
            #"{"Records":[{"body":"","at":"soon"}]}"#, .invalidValue, "Records[0].at",
            "expected an ISO 8601 or HTTP date, found \"soon\" (line 1, column 29)"
        ),
        (
            #"{"Records":[{"body":"","more":{"x":[1],"a.b":[1,true]}}]}"#, .typeMismatch, #"Records[0].more["a.b"][1]"#,
            "expected Int, found boolean (line 1, column 49)"
        ),
        (
            "{\"Records\":[\n1", .unexpectedEnd, "",
            "expected \",\" or \"]\", found the end of the text (line 2, column 2)"
        ),
    ])
    func errors(_ text: String, code: JSONError.Code, path: String, message: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONDecoder().decode(Event.self, from: text) }
        #expect(error.code == code)
        #expect(error.path == path)
        #expect(error.description == (path.isEmpty ? "" : path + ": ") + message)
    }

    /// Containers by hand: nested ones, several views of one value, classes with a superclass.
    struct ByHand: Decodable, Equatable {
        var keys: [String], first: Int, rest: [String], depth: Int, path: String, isAbsent: Bool, info: String?

        enum Key: String, CodingKey { case list, deep, a, b, absent }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            keys = container.allKeys.map(\.stringValue)
            isAbsent = !container.contains(.absent)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            #expect(list.count == 4)
            // A failed attempt does not move on.
            #expect(throws: (any Error).self) { try list.decode(String.self) }
            #expect(list.currentIndex == 0)
            first = try list.decode(Int.self)
            rest = [try list.decode(String.self)]
            #expect(try list.decodeNil())
            var inner = try list.nestedUnkeyedContainer()
            rest.append(try inner.decode(String.self))
            #expect(try !container.decodeNil(forKey: .list))
            #expect(inner.isAtEnd && list.isAtEnd)
            #expect(throws: (any Error).self) { try list.decode(Int.self) }
            #expect(throws: (any Error).self) { try list.decodeNil() }
            let deep = try container.nestedContainer(keyedBy: Key.self, forKey: .deep)
            depth = try deep.nestedContainer(keyedBy: Key.self, forKey: .a).decode(Int.self, forKey: .b)
            let below = try deep.superDecoder(forKey: .a)
            path = below.codingPath.map(\.stringValue).joined(separator: "/")
            #expect(throws: (any Error).self) { try deep.superDecoder() }
            info = DecoderTests.infoKey.flatMap { decoder.userInfo[$0] as? String }
        }
    }

    static let infoKey = CodingUserInfoKey(rawValue: "info")

    @Test func containersByHand() throws {
        let text = #"{"unknown":0,"list":[1,"x",null,["y"]],"deep":{"a":{"b":5}}}"#
        let key = try #require(Self.infoKey)
        let value = try JSONDecoder(userInfo: [key: "mine"]).decode(ByHand.self, from: text)
        #expect(value.keys == ["list", "deep"])
        #expect(value.first == 1 && value.rest == ["x", "y"] && value.depth == 5)
        #expect(value.path == "deep/a" && value.isAbsent && value.info == "mine")
    }

    class Base: Codable {
        var id = 1
    }
    final class Derived: Base {
        var name = "n"
        enum CodingKeys: CodingKey { case name }
        override init() { super.init() }
        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decode(String.self, forKey: .name)
            try super.init(from: container.superDecoder())
        }
        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            let parent = container.superEncoder()
            try container.encode(name, forKey: .name)
            try super.encode(to: parent)
        }
    }

    @Test func classes() throws {
        let bytes = try JSONEncoder().encode(Derived())
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"super":{"id":1},"name":"n"}"#)
        let value = try JSONDecoder().decode(Derived.self, from: #"{"super":{"id":5},"name":"m"}"#)
        #expect(value.id == 5 && value.name == "m")
    }

    /// JSON in a string of JSON: the inner error keeps its message, and the outer path is added.
    @Test func nestedText() throws {
        struct Outer: Decodable {
            struct Inner: Decodable {
                init(from decoder: any Decoder) throws {
                    let text = try decoder.singleValueContainer().decode(String.self)
                    _ = try JSONDecoder().decode([String: Int].self, from: text)
                }
            }
            var body: Inner
        }
        let error = try #require(throws: JSONError.self) {
            try JSONDecoder().decode(Outer.self, from: #"{"body":"{\"x\":\"y\"}"}"#)
        }
        #expect(error.description == "body: x: expected Int, found string (line 1, column 6) (line 1, column 9)")
        #expect(error.underlying is JSONError)
        #expect(error.code == .typeMismatch)
    }

    /// A decoder that outlives the call still has its document.
    @Test func escapedDecoder() throws {
        struct Keeper: Decodable {
            let decoder: any Decoder
            init(from decoder: any Decoder) { self.decoder = decoder }
        }
        let keeper = try JSONDecoder().decode([Keeper].self, from: #"["first","sec\u006fnd"]"#)
        #expect(try keeper.map { try $0.decoder.singleValueContainer().decode(String.self) } == ["first", "second"])
    }
}
