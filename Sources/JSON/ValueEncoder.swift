/// The encoder that writes to one slot, and the container of a single value.
struct ValueEncoder: Encoder, SingleValueEncodingContainer {
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
