import Basics
import DurableExecution
import JSON

/// Checks the hypothesis, once or again and again.
struct HypothesisRunner: Sendable {
    /// What one check found.
    struct State: Sendable {
        /// As the journal has it: `{"steady_state_met", "probes"}`.
        var journal: JSONObject
        /// Whether every probe was within its tolerance.
        var isMet: Bool
        /// Whether every probe ran.
        var allSucceeded: Bool
        /// Why the run cannot go on; Chaos Toolkit dies then.
        var fault: SequenceRunner.End?
        /// The probe that was not within its tolerance.
        var unmetProbe: String?
    }

    let context: RunContext
    let hypothesis: Hypothesis

    /// Runs the probes until one fails or is outside of its tolerance.
    func check(_ phase: RunEvent.Phase, iteration: Int? = nil, on scope: DurableScope) async throws -> State {
        let runner = ActivityRunner(context: context, place: .hypothesis, isBackground: phase == .during)
        var probes: [JSONValue] = []
        var state = State(journal: [:], isMet: true, allSucceeded: true)
        try await applyControls(.before, nil, scope)
        for (index, probe) in hypothesis.probes.enumerated() {
            let key = "hypothesis.\(phase.rawValue).\(iteration ?? 0).\(index)"
            let record: ActivityRecord
            do {
                if let name = probe.unknownReference {
                    state.fault = .unforeseen("could not find referenced activity '\(name)'")
                    break
                }
                record = try await runner.run(probe, key: key, on: scope)
            } catch let error as ExperimentError where error.code == .interrupted {
                state.fault = .interrupted
                break
            }
            probes.append(.object(record.journal(of: probe, isStrict: context.options.isStrict)))
            switch record.ending {
            case .succeeded: break
            case .failed: state.allSucceeded = false
            case .unforeseen(let message): state.fault = .unforeseen(message)
            case .interrupted: state.fault = .interrupted
            }
            if state.fault != nil || record.toleranceMet != true {
                state.isMet = false
                state.unmetProbe = probe.name
                break
            }
        }
        let isKnown = state.fault == nil
        state.isMet = state.isMet && isKnown
        state.journal = ["steady_state_met": isKnown ? .bool(state.isMet) : .null, "probes": .array(probes)]
        try await applyControls(.after, .object(state.journal), scope)
        return state
    }

    private func applyControls(_ moment: Controls.Moment, _ state: JSONValue?, _ scope: DurableScope) async throws {
        try await context.controls.apply(
            .hypothesis, moment, declared: hypothesis.controls, hypothesis.declaration, state: state, context, scope)
    }

    /// Checks the hypothesis until the method has ended, with the frequency between two checks.
    func checkContinuously(until methodEnd: DurableSignal, on scope: DurableScope) async throws -> During {
        var during = During()
        var iteration = 0
        var unmet = 0
        while true {
            iteration += 1
            let state = try await check(.during, iteration: iteration, on: scope)
            if let fault = state.fault {
                during.fault = fault
                context.methodStop.raise()
                return during
            }
            during.states.append(.object(state.journal))
            context.tell(
                .hypothesisCompleted(.during, iteration: iteration, state: .object(state.journal)), scope)
            if !state.isMet {
                unmet += 1
                context.tell(
                    .message(
                        .warning,
                        "Continuous steady state probe '\(state.unmetProbe ?? "")' is not in the given tolerance"),
                    scope)
                if context.options.failsFast {
                    context.tell(
                        .message(.info, "Terminating immediately the experiment after the hypothesis deviated"), scope)
                    during.hasFailed = true
                    context.methodStop.raise()
                    return during
                }
            }
            let goesOn = try await scope.wait(
                "hypothesis frequency", for: context.options.hypothesisFrequency, unless: methodEnd)
            if !goesOn { return during }
        }
    }

    /// What the checks during the method found.
    struct During: Sendable {
        var states: [JSONValue] = []
        /// Whether a deviation has ended the method.
        var hasFailed = false
        var fault: SequenceRunner.End?
    }
}

extension HypothesisRunner.During {
    /// As the durable run stores it.
    var json: JSONValue {
        var json: JSONObject = ["states": .array(states), "failed": .bool(hasFailed)]
        switch fault {
        case .unforeseen(let message): json["unforeseen"] = .string(message)
        case .interrupted, .stopped: json["interrupted"] = true
        case nil: break
        }
        return .object(json)
    }

    /// Reads what the durable run stored.
    init(json: JSONValue) {
        states = json["states"]?.arrayValue ?? []
        hasFailed = json["failed"] == true
        if let message = json["unforeseen"]?.stringValue {
            fault = .unforeseen(message)
        } else if json["interrupted"] == true {
            fault = .interrupted
        }
    }
}
