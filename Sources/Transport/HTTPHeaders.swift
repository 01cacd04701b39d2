/// HTTP header fields: order kept, duplicates kept, names compared without regard to case.
public struct HTTPHeaders: Sendable, Hashable, RandomAccessCollection, ExpressibleByDictionaryLiteral {
    /// One header field as it was written or received.
    public struct Field: Sendable, Hashable {
        /// The name in its original spelling.
        public let name: String
        /// The value without surrounding white space.
        public let value: String
    }

    private var fields: [Field] = []

    /// No fields.
    public init() {}

    /// Fields in this order; the same name may occur more than once.
    public init(_ fields: some Sequence<(name: String, value: String)>) {
        self.fields = fields.map { Field(name: $0.name, value: $0.value) }
    }

    /// Fields in this order; the same name may occur more than once.
    public init(dictionaryLiteral fields: (String, String)...) {
        self.fields = fields.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value of a name; setting replaces every field of that name, `nil` removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.areEqual($0.name, name) }?.value }
        set { if let newValue { set(name, newValue) } else { remove(name) } }
    }

    /// All values of a name, in order.
    public func values(named name: String) -> [String] {
        fields.filter { Self.areEqual($0.name, name) }.map(\.value)
    }

    /// Appends a field, also when the name is there already.
    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Puts one field in the place of the first one of that name and drops the others.
    public mutating func set(_ name: String, _ value: String) {
        guard let first = fields.firstIndex(where: { Self.areEqual($0.name, name) }) else { return add(name, value) }
        remove(name)
        fields.insert(Field(name: name, value: value), at: first)
    }

    /// Drops every field of that name.
    public mutating func remove(_ name: String) {
        fields.removeAll { Self.areEqual($0.name, name) }
    }

    /// The position of the first field.
    public var startIndex: Int { 0 }
    /// The number of fields.
    public var endIndex: Int { fields.count }
    /// The field at a position.
    public subscript(position: Int) -> Field { fields[position] }

    /// Compares ASCII letters without case and everything else exactly, as RFC 9110 section 5.1 has it.
    static func areEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8) { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}
