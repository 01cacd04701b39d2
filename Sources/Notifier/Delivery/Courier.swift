import JSON
import Transport

/// Delivers notifications to one output, one after the other in their order.
struct Courier: Sendable {
    /// One notification for the output.
    struct Job: Sendable {
        let notification: Notification
        var mentions: [Mention] = []
    }

    /// What became of it.
    enum Outcome: Sendable, Hashable {
        case sent
        /// It had been sent before.
        case duplicate
        /// It has not arrived; the reason holds no secret.
        case failed(String)
    }

    /// A job that the ledger has given to us.
    struct Parcel: Sendable {
        let position: Int
        let key: String
        let job: Job
        /// How many of its messages have arrived.
        var sent: Int
    }

    let definition: OutputDefinition
    let delivery: DeliveryContext

    /// - Returns: the outcome of each job.
    func deliver(_ jobs: [Job], until end: Timestamp) async -> [Outcome] {
        var session: OutputSession
        do { session = try await OutputSession(definition, delivery, until: end) } catch {
            return jobs.map { _ in .failed("\(error)") }
        }
        var outcomes = jobs.map { _ in Outcome.duplicate }
        var first: [String: Int] = [:]
        // One that the same event holds twice shares the fate of the first.
        var repeats: [(position: Int, of: Int)] = []
        var parcels: [Parcel] = []
        for (position, job) in jobs.enumerated() {
            let key = definition.ledgerKey(job.notification.dedupeKey)
            if let earlier = first[key] {
                repeats.append((position, of: earlier))
                continue
            }
            first[key] = position
            switch await delivery.ledger.claim(key, until: end) {
            case .mine(let sent): parcels.append(Parcel(position: position, key: key, job: job, sent: sent))
            case .done: break
            case .taken: outcomes[position] = .failed("another invocation is sending it just now")
            }
        }
        let ranges = Burst.bundles(
            of: parcels.map(\.job), above: delivery.digestAbove, for: session.output,
            mayJoin: { parcels[$0].sent == 0 }
        )
        for bundle in ranges.map({ parcels[$0] }) {
            let (sent, failure) = await session.deliver(bundle)
            for parcel in bundle {
                outcomes[parcel.position] = failure.map { .failed($0) } ?? .sent
                // What counts the messages of a digest says nothing about those of its parts.
                let settlement = failure == nil ? Settlement.done : .partly(sent: bundle.count == 1 ? sent : 0)
                await delivery.ledger.settle(parcel.key, settlement, until: end)
            }
        }
        for (position, first) in repeats {
            if case .failed = outcomes[first] { outcomes[position] = outcomes[first] }
        }
        return outcomes
    }
}
