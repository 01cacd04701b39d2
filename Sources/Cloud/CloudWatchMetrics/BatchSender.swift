public import Basics

/// Data that will never be taken, whoever sends them.
public struct RefusedData: Error {
    let reason: String
    /// Whether the rest of the request was taken, and nothing tells which of the data were not.
    var isPartial = false

    /// Refuses all data of a request.
    public init(reason: String) { self.reason = reason }

    init(reason: String, isPartial: Bool) { (self.reason, self.isPartial) = (reason, isPartial) }
}

/// Writes batches by requests: packs data into as few as the limits allow, and keeps a batch in one request where it
/// fits.
public struct BatchSender: Sendable {
    /// Sends data in one request, and throws ``RefusedData`` when they can never be taken.
    public typealias Send = @Sendable (_ data: [MetricDatum], _ end: Timestamp) async throws -> Void

    /// How many requests run at the same time.
    static let maximumRequests = 4
    /// After so many refused requests in one write the fault is not in single data, and the write fails.
    ///
    /// To find one bad datum among 1,000 takes 11 requests.
    static let maximumRefusals = 100

    private let limits: RequestLimits
    private let send: Send

    /// Sends by requests within limits, by default those of CloudWatch.
    public init(limits: RequestLimits = .cloudWatch, send: @escaping Send) {
        self.limits = limits
        self.send = send
    }

    /// Writes the batches.
    ///
    /// A datum that is refused does not keep back the others of its request.
    ///
    /// After a failure no further request starts, because it would only press a service that is in trouble. Requests
    /// that have started are finished.
    public func write(_ batches: [[MetricDatum]], until end: Timestamp) async -> MetricWriteResult {
        let progress = Progress(batches: batches.count)
        await withTaskGroup(of: Void.self) { group in
            for (number, pieces) in Piece.requests(for: batches, limits).enumerated() {
                if number >= Self.maximumRequests { await group.next() }
                group.addTask { await put(pieces, of: batches, until: end, progress) }
            }
        }
        return progress.result
    }

    /// Writes pieces in one request.
    ///
    /// One bad datum makes the service refuse the whole request: it is then halved until the bad datum stands alone.
    private func put(
        _ pieces: ArraySlice<Piece>, of batches: [[MetricDatum]], until end: Timestamp, _ progress: Progress
    ) async {
        guard !progress.hasFailed else { return progress.leave(pieces) }
        do {
            try await send(pieces.flatMap { batches[$0.batch][$0.data] }, end)
        } catch let error as RefusedData where error.isPartial {
            progress.refuseOne(of: pieces, reason: error.reason)
        } catch let error as RefusedData where progress.countRefusal() {
            guard let (first, second) = Piece.halves(of: pieces) else {
                return progress.refuse(pieces, reason: error.reason)
            }
            await put(first, of: batches, until: end, progress)
            await put(second, of: batches, until: end, progress)
        } catch {
            progress.fail(pieces, (error as? RefusedData).map { MetricsError(.refused, $0.reason) } ?? error)
        }
    }
}

/// Data of one batch that go into the same request.
private struct Piece {
    let batch: Int
    /// Positions in the batch.
    let data: Range<Int>

    /// The pieces of each request.
    ///
    /// A batch is one piece, unless it is too large for one request.
    static func requests(for batches: [[MetricDatum]], _ limits: RequestLimits) -> [ArraySlice<Piece>] {
        var pieces: [Piece] = []
        var sizes: [RequestSize] = []
        for (number, batch) in batches.enumerated() where !batch.isEmpty {
            let data = batch.map(limits.size)
            let size = RequestSize(sum: data[...])
            let ranges = size.fits(limits.maximum) ? [batch.indices] : RequestSize.pack(data, within: limits.maximum)
            pieces += ranges.map { Piece(batch: number, data: $0) }
            sizes += ranges.map { RequestSize(sum: data[$0]) }
        }
        return RequestSize.pack(sizes, within: limits.maximum).map { pieces[$0] }
    }

    /// Two halves, between batches where possible so that a batch stays whole; nil for a single datum.
    static func halves(of pieces: ArraySlice<Piece>) -> (ArraySlice<Piece>, ArraySlice<Piece>)? {
        let middle = pieces.startIndex + pieces.count / 2
        if pieces.count > 1 { return (pieces[..<middle], pieces[middle...]) }
        guard let piece = pieces.first, piece.data.count > 1 else { return nil }
        let cut = piece.data.lowerBound + piece.data.count / 2
        func part(_ range: Range<Int>) -> ArraySlice<Piece> {
            [Piece(batch: piece.batch, data: range)]
        }
        return (part(piece.data.lowerBound..<cut), part(cut..<piece.data.upperBound))
    }
}

/// What the concurrent requests of one write have in common.
private final class Progress: Sendable {
    private let state: Locked<(result: MetricWriteResult, refusals: Int)>

    init(batches: Int) { state = Locked((MetricWriteResult(batches: batches), 0)) }

    var result: MetricWriteResult { state.withLock { $0.result } }
    var hasFailed: Bool { state.withLock { $0.result.failure != nil } }

    /// Counts a refused request; false when there were too many of them to go on.
    func countRefusal() -> Bool {
        state.withLock { state in
            state.refusals += 1
            return state.refusals <= BatchSender.maximumRefusals
        }
    }

    /// Notes that data will never be taken.
    func refuse(_ pieces: ArraySlice<Piece>, reason: String) {
        state.withLock { state in
            for piece in pieces {
                for position in piece.data { state.result.batches[piece.batch].refused[position] = reason }
            }
        }
    }

    /// Notes that some of the data will never be taken, by the first of them.
    func refuseOne(of pieces: ArraySlice<Piece>, reason: String) {
        guard let piece = pieces.first else { return }
        state.withLock { $0.result.batches[piece.batch].refused[piece.data.lowerBound] = reason }
    }

    /// Notes that data were not written because of an earlier failure.
    func leave(_ pieces: ArraySlice<Piece>) {
        state.withLock { state in
            for piece in pieces { state.result.batches[piece.batch].unwritten.formUnion(piece.data) }
        }
    }

    /// Notes that data were not written, and why.
    ///
    /// The first reason is kept.
    func fail(_ pieces: ArraySlice<Piece>, _ error: any Error) {
        leave(pieces)
        state.withLock { $0.result.failure = $0.result.failure ?? error }
    }
}

/// How much of a request something takes.
public struct RequestSize: Sendable {
    /// Number of metric data.
    public var data = 0
    /// Bytes before compression, at most.
    public var bytes = 0

    /// Makes a size.
    public init(data: Int = 0, bytes: Int = 0) { (self.data, self.bytes) = (data, bytes) }

    /// The size of several things together.
    init(sum sizes: ArraySlice<RequestSize>) { self = sizes.reduce(RequestSize(), +) }

    /// CloudWatch's limits for `PutMetricData`, kept for OTLP, too.
    ///
    /// That of bytes applies before compression here, because its gain is not known beforehand.
    static let limit = RequestSize(data: 1_000, bytes: 1_000_000)

    static func + (one: RequestSize, other: RequestSize) -> RequestSize {
        RequestSize(data: one.data + other.data, bytes: one.bytes + other.bytes)
    }

    /// Whether it is within a limit.
    func fits(_ limit: RequestSize) -> Bool { data <= limit.data && bytes <= limit.bytes }

    /// Packs things into requests in their order; what is too large by itself gets a request of its own.
    static func pack(_ sizes: some Sequence<RequestSize>, within limit: RequestSize = limit) -> [Range<Int>] {
        var requests: [Range<Int>] = []
        var (start, end, sum) = (0, 0, RequestSize())
        for size in sizes {
            sum = sum + size
            if end > start, !sum.fits(limit) {
                requests.append(start..<end)
                (start, sum) = (end, size)
            }
            end += 1
        }
        if end > start { requests.append(start..<end) }
        return requests
    }
}

/// How much a service takes in one request.
public struct RequestLimits: Sendable {
    let maximum: RequestSize
    let size: @Sendable (MetricDatum) -> RequestSize

    /// - Parameter size: what a datum takes, at most.
    public init(maximum: RequestSize, size: @escaping @Sendable (MetricDatum) -> RequestSize) {
        (self.maximum, self.size) = (maximum, size)
    }

    /// Those of `PutMetricData`.
    public static let cloudWatch = RequestLimits(maximum: .limit) { datum in
        // The names of all fields, and every byte of the values percent-encoded: no protocol takes more.
        let text = datum.dimensions.reduce(datum.name.utf8.count) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        return RequestSize(data: 1, bytes: 512 + 3 * text)
    }
}
