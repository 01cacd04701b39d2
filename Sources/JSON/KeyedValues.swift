/// The members of an object, as a container of encoding.
struct KeyedValues<Key: CodingKey>: KeyedEncodingContainerProtocol {
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
