import Basics
import DurableExecution
import Glibc
import JSON

/// The run that the tests kill, suspend and take up again: every kind of operation, and a line in a file for whatever
/// it really does.
struct Script: Sendable {
    /// Where the effects go, a line each.
    let effects: String
    /// Kills the process at this point, from 1; 0 for never.
    let killPoint: Int
    /// Of each wait.
    let pause: Duration
    /// Whether it waits for a callback.
    let waitsForApproval: Bool

    private let points = Locked(0)

    init(effects: String, killPoint: Int = 0, pause: Duration, waitsForApproval: Bool = false) {
        (self.effects, self.killPoint, self.pause) = (effects, killPoint, pause)
        self.waitsForApproval = waitsForApproval
    }

    func run(_ scope: DurableScope) async throws -> JSONValue {
        var results: [JSONValue] = [try await step(scope, "first")]
        do { results.append(try await step(scope, "change", .atMostOnce)) } catch let error as DurableError {
            guard error.code == .interrupted else { throw error }
            results.append("interrupted")
        }
        point()
        results.append(.bool(try await scope.wait("settle", for: pause)))
        point()
        results.append(
            try await scope.child("part") { part in
                let one = try await step(part, "inner one")
                try await part.wait("inner pause", for: pause)
                return [one, try await step(part, "inner two")]
            })
        point()
        results.append(try await together(scope))
        point()
        if waitsForApproval {
            let approval = try await scope.callback("approval", timeout: .seconds(86_400))
            _ = try await scope.step("ask") {
                write("approve \(approval.id)")
                return nil
            }
            results.append(try await approval.result())
        }
        do {
            _ = try await scope.step("failing", retry: StepRetry(attempts: 2), failure: .remembered) {
                write("failing")
                throw ScriptError()
            }
        } catch let error as DurableFailure { results.append(.string(error.description)) }
        results.append(try await step(scope, "last", .atMostOnce, otherwise: "interrupted"))
        return .array(results)
    }

    private func together(_ scope: DurableScope) async throws -> JSONValue {
        try await scope.concurrently { branches in
            let load = branches.start("load") { scope in
                let one = try await step(scope, "load one")
                try await scope.wait("load pause", for: pause)
                return [one, try await step(scope, "load two", .atMostOnce, otherwise: "interrupted")]
            }
            let watch = branches.start("watch") { scope in
                try await scope.waitForCondition("ready", every: pause, from: 0) { state in
                    write("check \(state)")
                    let count = (state.intValue ?? 0) + 1
                    return count == 3 ? .holds(.integer(count)) : .again(.integer(count))
                }
            }
            let meanwhile = try await step(scope, "meanwhile")
            return [meanwhile, try await load.value(), try await watch.value()]
        }
    }

    private func step(
        _ scope: DurableScope, _ name: String, _ repetition: StepRepetition = .atLeastOnce, otherwise: JSONValue? = nil
    ) async throws -> JSONValue {
        do {
            let result = try await scope.step(name, repetition) {
                point()
                write(name)
                point()
                return .string(name)
            }
            point()
            return result
        } catch let error as DurableError {
            guard error.code == .interrupted, let otherwise else { throw error }
            return otherwise
        }
    }

    private func point() {
        let count = points.withLock { points in
            points += 1
            return points
        }
        guard count == killPoint else { return }
        // Once: the function's next process gets the same input.
        let descriptor = open("\(effects).killed", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 { kill(getpid(), SIGKILL) }
    }

    private func write(_ text: String) {
        let descriptor = open(effects, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let bytes = Array((text + "\n").utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }
}

struct ScriptError: Error, CustomStringConvertible {
    let description = "as it must"
}
