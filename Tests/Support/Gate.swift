import Foundation

/// A latch by which a test decides when a server goes on: closed at first, open for good after `open()`.
public final class Gate: Sendable {
    private let condition = NSCondition()
    private nonisolated(unsafe) var isOpen = false  // only touched while `condition` is locked

    /// Makes a closed gate.
    public init() {}

    /// Lets everybody through, now and later.
    public func open() {
        condition.lock()
        isOpen = true
        condition.broadcast()
        condition.unlock()
    }

    /// Blocks the calling thread until the gate opens; gives up after 30 seconds so that no test hangs.
    /// - Returns: whether the gate opened.
    @discardableResult
    public func wait() -> Bool {
        let deadline = Date(timeIntervalSinceNow: 30)
        condition.lock()
        defer { condition.unlock() }
        while !isOpen {
            guard condition.wait(until: deadline) else { return isOpen }
        }
        return true
    }

    /// Waits without blocking a thread of the cooperative pool; same limit.
    @discardableResult
    public func opened() async -> Bool {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: self.wait()) }
        }
    }
}
