/// The elements of an array, as a container of encoding.
struct UnkeyedValues: UnkeyedEncodingContainer {
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
