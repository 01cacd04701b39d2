/// The place of one value while it is being encoded; encoder and containers of that value all write here.
final class EncodingSlot {
    private let parent: EncodingSlot?
    private let step: PathStep?
    let userInfo: [CodingUserInfoKey: any Sendable]

    private enum Kind { case empty, single, array, object }
    private var kind = Kind.empty
    private var single = JSONValue.null
    private(set) var array: [JSONValue] = []
    private var object = JSONObject()
    /// Nested containers, which may be filled until this slot is read, and where they belong.
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

    /// What was written; an empty object for a type that wrote nothing.
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

    /// The slot of a container at a key or place, whose content may follow later; asked twice for a key, the same one.
    func nest(_ step: PathStep) -> EncodingSlot {
        if case .key = step, let known = nested.first(where: { $0.step == step }) { return known.slot }
        let slot = EncodingSlot(parent: self, step: step)
        put(.null, step)
        nested.append((step, slot))
        return slot
    }

    /// The value of any type.
    ///
    /// Some need no slot of their own.
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

    /// A number by the shortest text of its own type: 0.1, not 0.10000000149011612.
    func number(_ value: Float, step: PathStep?) throws(JSONError) -> JSONValue {
        try number(Double(value.description) ?? Double(value), step: step)
    }

    private func failure(_ message: String, underlying: (any Error)? = nil) -> JSONError {
        JSONError(code: .invalidValue, message: message, path: path.text, underlying: underlying)
    }
}
