/// One step into a value: the key of a member or the place of an element.
enum PathStep: CodingKey, Equatable {
    case key(String)
    case index(Int)

    init(_ key: any CodingKey) { self = key.intValue.map(PathStep.index) ?? .key(key.stringValue) }
    init(stringValue: String) { self = .key(stringValue) }
    init(intValue: Int) { self = .index(intValue) }

    var stringValue: String {
        switch self {
        case .key(let name): name
        case .index(let place): "Index \(place)"
        }
    }

    var intValue: Int? {
        guard case .index(let place) = self else { return nil }
        return place
    }
}

extension [PathStep] {
    /// The path as messages have it, `Records[3].body`; keys that are no plain names are quoted in brackets.
    var text: String {
        reduce(into: "") { text, step in
            switch step {
            case .index(let place): text += "[\(place)]"
            case .key(let name) where name.utf8.allSatisfy(Self.isPlain) && !name.isEmpty:
                text += text.isEmpty ? name : "." + name
            case .key(let name): text += "[\(JSONValue.string(name))]"
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: byte >= 0x80
        }
    }
}
