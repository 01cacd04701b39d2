import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite struct EventLoopTests {
    @Test func runsABodyOnTheCallingThread() throws {
        let thread = pthread_self()
        let answer = try EventLoop.run { loop in
            #expect(pthread_self() == thread && loop.isCurrent)
            try await loop.sleep(for: .zero)
            #expect(pthread_self() == thread && loop.isCurrent)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { #expect(pthread_self() == thread) } }
            }
            return 42
        }
        #expect(answer == 42)
    }

    @Test func throwsWhatTheBodyThrows() {
        struct Failure: Error {}
        #expect(throws: Failure.self) { try EventLoop.run { _ in throw Failure() } }
    }

    @Test func runsTasksOnItsOwnThread() async throws {
        try await withLoop { loop in
            #expect(!loop.isCurrent)
            let inside = await Task(executorPreference: loop) { loop.isCurrent }.value
            #expect(inside)
        }
    }

    @Test func wakesForManyThreads() async throws {
        try await withLoop { loop in
            let sum = Counter()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<1000 { await Task(executorPreference: loop) { _ = sum.add() }.value }
                    }
                }
            }
            #expect(sum.value == 8000)
        }
    }

    @Test func timersEndInTheOrderOfTheirDeadlines() throws {
        let order = try EventLoop.run { loop in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for delay in [30, 10, 20, 0, 25, 5, 15] {
                    group.addTask {
                        try await loop.sleep(for: .milliseconds(delay))
                        return delay
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(order == [0, 5, 10, 15, 20, 25, 30])
    }

    @Test func sleepsAtLeastAsLongAsAsked() throws {
        try EventLoop.run { loop in
            let start = ContinuousClock.now
            try await loop.sleep(for: .milliseconds(20))
            #expect(ContinuousClock.now - start >= .milliseconds(20))
            try await loop.sleep(for: .seconds(-5))
        }
    }

    @Test func manyTimersAreCancelledInAnyOrder() async throws {
        try await withLoop { loop in
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<500 {
                    group.addTask {
                        let sleeper = Task { try await loop.sleep(for: .seconds(1000 + (index * 7919) % 500)) }
                        sleeper.cancel()
                        await #expect(throws: CancellationError.self) { try await sleeper.value }
                    }
                }
            }
        }
    }

    @Test func aSleepCancelledBeforehandEndsAtOnce() throws {
        try EventLoop.run { loop in
            let task = Task(executorPreference: loop) {
                withUnsafeCurrentTask { $0?.cancel() }
                try await loop.sleep(for: .seconds(1000))
            }
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func busyTasksDoNotStarveTimers() throws {
        try EventLoop.run { loop in
            let busy = Task(executorPreference: loop) { while !Task.isCancelled { await Task.yield() } }
            try await loop.sleep(for: .milliseconds(5))
            busy.cancel()
            await busy.value
        }
    }
}

/// Swift Testing does not get past a child of this process that has ended and that nobody waits for: a test of how
/// a process exits would then hang.
func requireNoEndedChild() async throws {
    var information = siginfo_t()
    for _ in 0..<500 {
        information = siginfo_t()
        let found = waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT)
        if found != 0 || information.si_signo == 0 { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw ServerError("an earlier test has left a child process that has ended: \(information)")
}

/// The program ends at once when state of the loop's thread is touched from another thread.
@Suite struct LoopThreadTests {
    @Test func aLoopKnowsItsThread() async throws {
        try await withLoop { loop in
            #expect(!loop.isCurrent)
            await loop.hop { loop.preconditionOnLoop() }
        }
    }

    @Test func anotherThreadIsRefused() async throws {
        try await requireNoEndedChild()
        await #expect(processExitsWith: .failure) { try EventLoop.onOwnThread().preconditionOnLoop() }
    }

    @Test func timersBelongToTheLoop() async throws {
        try await requireNoEndedChild()
        await #expect(processExitsWith: .failure) { _ = try EventLoop.onOwnThread().schedule(after: .zero) {} }
    }

    @Test func waitersBelongToTheThreadThatMadeThem() async throws {
        try await requireNoEndedChild()
        await #expect(processExitsWith: .failure) {
            let waiter = Waiter()
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    waiter.resume()
                    continuation.resume()
                }
            }
        }
    }
}

@Suite(.serialized) struct SignalTests {
    @Test func deliversSignalsAndRestoresTheirAction() async throws {
        try await withLoop { loop in
            let signals = try await loop.signals(SIGUSR1, SIGUSR2)
            kill(getpid(), SIGUSR1)  // `raise` would reach a thread of the pool, which blocks signals
            kill(getpid(), SIGUSR2)
            // The kernel may hand the two to two threads, which then race.
            #expect(try await Set([signals.next(), signals.next()]) == [SIGUSR1, SIGUSR2])
            kill(getpid(), SIGUSR1)
            #expect(try await signals.next() == SIGUSR1)
            let waiting = Task { try await signals.next() }
            kill(getpid(), SIGUSR2)
            #expect(try await waiting.value == SIGUSR2)
        }
        var action = sigaction()
        sigaction(SIGUSR1, nil, &action)
        #expect(action.__sigaction_handler.sa_handler == nil)
    }

    @Test func waitingForASignalCanBeCancelled() async throws {
        try await withLoop { loop in
            let signals = try await loop.signals(SIGUSR1)
            let waiting = Task { try await signals.next() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    @Test(arguments: [0, -1, 65, SIGKILL]) func refusesWhatCannotBeReceived(number: Int32) async throws {
        try await withLoop { loop in
            await #expect(throws: TransportError.self) { _ = try await loop.signals(number) }
        }
    }
}
