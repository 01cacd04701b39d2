import Synchronization

/// A number that threads and tasks count up.
final class Counter: Sendable {
    private let number = Atomic(0)

    var value: Int { number.load(ordering: .sequentiallyConsistent) }

    @discardableResult
    func add(_ more: Int = 1) -> Int { number.add(more, ordering: .sequentiallyConsistent).newValue }
}
