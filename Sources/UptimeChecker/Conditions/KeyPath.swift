import JSON

/// A path of names and indices, `data[0].id`, followed by Gatus's rules.
struct KeyPath: Sendable, Hashable {
    /// A name, which may be empty, and the indices behind it.
    struct Step: Sendable, Hashable {
        var name: String
        var indices: [Int]
    }

    let steps: [Step]

    /// Parses a path; `nil` when it has more than names and indices.
    init?(_ text: ArraySlice<UInt8>) {
        var steps: [Step] = []
        for part in text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard let step = Self.step(part) else { return nil }
            steps.append(step)
        }
        self.steps = steps
    }

    private static func step(_ text: ArraySlice<UInt8>) -> Step? {
        let name = text.prefix { $0 != UInt8(ascii: "[") }
        var step = Step(name: String(decoding: name, as: UTF8.self), indices: [])
        var rest = text[name.endIndex...]
        while let first = rest.first {
            let digits = rest.dropFirst().prefix { $0 != UInt8(ascii: "]") }
            guard first == UInt8(ascii: "["), digits.endIndex < rest.endIndex,
                let index = Int(String(decoding: digits, as: UTF8.self)), index >= 0
            else { return nil }
            step.indices.append(index)
            rest = rest[(digits.endIndex + 1)...]
        }
        guard !text.isEmpty, step.name != "*" else { return nil }
        return step
    }

    /// The value that the path leads to; `nil` when there is none.
    ///
    /// An array without an index, and a number or boolean at the top, is the value whatever names follow it.
    func value(in root: JSONValue) -> JSONValue? {
        var value = root
        for (position, step) in steps.enumerated() {
            guard let next = Self.value(of: step, in: value) else { return nil }
            switch next {
            case .object: value = next
            case .null: return .none
            case .string: return position == steps.count - 1 ? next : .none
            case .array, .bool, .integer, .unsigned, .double: return next
            }
        }
        return value
    }

    private static func value(of step: Step, in container: JSONValue) -> JSONValue? {
        guard !step.indices.isEmpty else { return container.objectValue.map { $0[step.name] } ?? container }
        var value = step.name.isEmpty ? container : container[step.name]
        for index in step.indices { value = value?[index] }
        return value
    }
}
