import Basics

/// Encodes `Encodable` types as JSON.
///
/// Keys keep the order in which they are encoded. Not-a-number and infinity are errors, with the path.
public struct JSONEncoder: Sendable {
    /// The format of `encode(_:)`.
    public var options: JSONWritingOptions
    /// The `Encoder.userInfo` of encoded types.
    public var userInfo: [CodingUserInfoKey: any Sendable]

    /// Makes an encoder.
    public init(options: JSONWritingOptions = [], userInfo: [CodingUserInfoKey: any Sendable] = [:]) {
        self.options = options
        self.userInfo = userInfo
    }

    /// The value as JSON text in UTF-8.
    public func encode<T: Encodable>(_ value: T) throws(JSONError) -> [UInt8] {
        try encodeToValue(value).serialized(options)
    }

    /// The value as a JSON value.
    public func encodeToValue<T: Encodable>(_ value: T) throws(JSONError) -> JSONValue {
        try EncodingSlot(userInfo: userInfo).encode(value, step: nil)
    }
}

/// The encoder of one slot; also the container of a single value.
private struct ValueEncoder: Encoder, SingleValueEncodingContainer {
    let slot: EncodingSlot

    var codingPath: [any CodingKey] { slot.path }
    var userInfo: [CodingUserInfoKey: Any] { slot.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        slot.becomeObject()
        return KeyedEncodingContainer(KeyedValues(slot: slot))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        slot.becomeArray()
        return UnkeyedValues(slot: slot)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { slot.set(.null) }
    func encode(_ value: Bool) { slot.set(.bool(value)) }
    func encode(_ value: String) { slot.set(.string(value)) }
    func encode(_ value: Double) throws { slot.set(try slot.number(value, step: nil)) }
    func encode(_ value: Float) throws { slot.set(try slot.number(value, step: nil)) }
    func encode(_ value: Int) { slot.set(JSONValue(value)) }
    func encode(_ value: Int8) { slot.set(JSONValue(value)) }
    func encode(_ value: Int16) { slot.set(JSONValue(value)) }
    func encode(_ value: Int32) { slot.set(JSONValue(value)) }
    func encode(_ value: Int64) { slot.set(JSONValue(value)) }
    func encode(_ value: UInt) { slot.set(JSONValue(value)) }
    func encode(_ value: UInt8) { slot.set(JSONValue(value)) }
    func encode(_ value: UInt16) { slot.set(JSONValue(value)) }
    func encode(_ value: UInt32) { slot.set(JSONValue(value)) }
    func encode(_ value: UInt64) { slot.set(JSONValue(value)) }
    func encode<T: Encodable>(_ value: T) throws { slot.set(try slot.encode(value, step: nil)) }
}

/// One value that is being encoded.
///
/// Its encoder and its containers all write here.
private final class EncodingSlot {
    private let parent: EncodingSlot?
    private let step: PathStep?
    let userInfo: [CodingUserInfoKey: any Sendable]

    private enum Kind { case empty, single, array, object }
    private var kind = Kind.empty
    private var single = JSONValue.null
    private(set) var array: [JSONValue] = []
    private var object = JSONObject()
    /// Nested containers with their places.
    ///
    /// They may be filled until this slot is read.
    private var nested: [(step: PathStep, slot: EncodingSlot)] = []

    /// The top.
    init(userInfo: [CodingUserInfoKey: any Sendable]) {
        self.userInfo = userInfo
        parent = nil
        step = nil
    }

    private init(parent: EncodingSlot, step: PathStep?) {
        self.parent = parent
        self.step = step
        userInfo = parent.userInfo
    }

    var path: [PathStep] { (parent?.path ?? []) + (step.map { [$0] } ?? []) }

    /// The encoded value; an empty object for a type that wrote nothing.
    var value: JSONValue {
        for (step, slot) in nested { put(slot.value, step) }
        nested = []
        return switch kind {
        case .empty: [:]
        case .single: single
        case .array: .array(array)
        case .object: .object(object)
        }
    }

    func becomeArray() { kind = .array }
    func becomeObject() { kind = .object }

    func set(_ value: JSONValue) {
        kind = .single
        single = value
    }

    func append(_ value: JSONValue) { array.append(value) }

    func put(_ value: JSONValue, _ step: PathStep) {
        switch step {
        case .key(let name): object[name] = value
        case .index(let place) where place < array.count: array[place] = value
        case .index: array.append(value)
        }
    }

    /// The slot of a nested container, which may be filled later.
    ///
    /// The same key always has the same slot.
    func nest(_ step: PathStep) -> EncodingSlot {
        if case .key = step, let known = nested.first(where: { $0.step == step }) { return known.slot }
        let slot = EncodingSlot(parent: self, step: step)
        put(.null, step)
        nested.append((step, slot))
        return slot
    }

    /// The value of any type.
    ///
    /// Some types are converted here, because they need no slot of their own.
    func encode<T: Encodable>(_ value: T, step: PathStep?) throws(JSONError) -> JSONValue {
        if T.self == String.self { return .string(unsafeBitCast(value, to: String.self)) }
        if T.self == Int.self { return .integer(Int64(unsafeBitCast(value, to: Int.self))) }
        if T.self == Double.self { return try number(unsafeBitCast(value, to: Double.self), step: step) }
        if T.self == Bool.self { return .bool(unsafeBitCast(value, to: Bool.self)) }
        if T.self == JSONValue.self { return unsafeBitCast(value, to: JSONValue.self) }
        let slot = EncodingSlot(parent: self, step: step)
        do {
            try value.encode(to: ValueEncoder(slot: slot))
        } catch let error as JSONError {
            throw error
        } catch EncodingError.invalidValue(_, let context) {
            throw slot.failure(context.debugDescription)
        } catch {
            throw slot.failure("\(error)", underlying: error)
        }
        return slot.value
    }

    /// A number, if JSON can hold it.
    func number(_ value: Double, step: PathStep?) throws(JSONError) -> JSONValue {
        if value.isFinite { return .double(value) }
        throw EncodingSlot(parent: self, step: step).failure("JSON has no number \(value)")
    }

    /// A number with the shortest text of its own type: `Float(0.1)` is 0.1, not 0.10000000149011612.
    func number(_ value: Float, step: PathStep?) throws(JSONError) -> JSONValue {
        try number(Double(value.description) ?? Double(value), step: step)
    }

    private func failure(_ message: String, underlying: (any Error)? = nil) -> JSONError {
        JSONError(code: .invalidValue, message: message, path: path.text, underlying: underlying)
    }
}

/// The members of an object, as a container of encoding.
private struct KeyedValues<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: EncodingSlot

    var codingPath: [any CodingKey] { slot.path }

    private func step(_ key: Key) -> PathStep { .key(key.stringValue) }
    private func put(_ value: JSONValue, _ key: Key) { slot.put(value, step(key)) }

    func encodeNil(forKey key: Key) { put(.null, key) }
    func encode(_ value: Bool, forKey key: Key) { put(.bool(value), key) }
    func encode(_ value: String, forKey key: Key) { put(.string(value), key) }
    func encode(_ value: Double, forKey key: Key) throws { put(try slot.number(value, step: step(key)), key) }
    func encode(_ value: Float, forKey key: Key) throws { put(try slot.number(value, step: step(key)), key) }
    func encode(_ value: Int, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: Int8, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: Int16, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: Int32, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: Int64, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: UInt, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: UInt8, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: UInt16, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: UInt32, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: UInt64, forKey key: Key) { put(JSONValue(value), key) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { put(try slot.encode(value, step: step(key)), key) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        ValueEncoder(slot: slot.nest(step(key))).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        ValueEncoder(slot: slot.nest(step(key))).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { ValueEncoder(slot: slot.nest(.key("super"))) }
    func superEncoder(forKey key: Key) -> any Encoder { ValueEncoder(slot: slot.nest(step(key))) }
}

/// The elements of an array, as a container of encoding.
private struct UnkeyedValues: UnkeyedEncodingContainer {
    let slot: EncodingSlot

    var codingPath: [any CodingKey] { slot.path }
    var count: Int { slot.array.count }
    private var step: PathStep { .index(count) }

    func encodeNil() { slot.append(.null) }
    func encode(_ value: Bool) { slot.append(.bool(value)) }
    func encode(_ value: String) { slot.append(.string(value)) }
    func encode(_ value: Double) throws { slot.append(try slot.number(value, step: step)) }
    func encode(_ value: Float) throws { slot.append(try slot.number(value, step: step)) }
    func encode(_ value: Int) { slot.append(JSONValue(value)) }
    func encode(_ value: Int8) { slot.append(JSONValue(value)) }
    func encode(_ value: Int16) { slot.append(JSONValue(value)) }
    func encode(_ value: Int32) { slot.append(JSONValue(value)) }
    func encode(_ value: Int64) { slot.append(JSONValue(value)) }
    func encode(_ value: UInt) { slot.append(JSONValue(value)) }
    func encode(_ value: UInt8) { slot.append(JSONValue(value)) }
    func encode(_ value: UInt16) { slot.append(JSONValue(value)) }
    func encode(_ value: UInt32) { slot.append(JSONValue(value)) }
    func encode(_ value: UInt64) { slot.append(JSONValue(value)) }
    func encode<T: Encodable>(_ value: T) throws { slot.append(try slot.encode(value, step: step)) }

    func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        ValueEncoder(slot: slot.nest(step)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        ValueEncoder(slot: slot.nest(step)).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { ValueEncoder(slot: slot.nest(step)) }
}
