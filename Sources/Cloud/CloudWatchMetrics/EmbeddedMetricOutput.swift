public import Basics
import FunctionRuntime
import Glibc
import JSON

/// Writes metrics as log lines in embedded metric format
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
///
/// Keeps the limit of 100 metrics a document. Those of 30 dimensions and 256 KB are out of reach here.
public struct EmbeddedMetricOutput: MetricOutput {
    /// The most metrics that one document takes.
    private static let maximumMetrics = 100
    /// Lines are written together up to about this size, which a pipe takes at once.
    private static let chunkBytes = 64 << 10

    private let namespace: String
    private let write: @Sendable ([UInt8]) throws -> Void

    /// - Parameter write: writes all the bytes or throws.
    public init(namespace: String, write: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.namespace = namespace
        self.write = write
    }

    /// Writes lines on standard output, which Lambda hands to CloudWatch Logs.
    public init(namespace: String) {
        self.init(namespace: namespace) { try writeAll($0, to: STDOUT_FILENO) }
    }

    /// Writes one line for each document, and nothing more after a failure, which is what `write` threw.
    public func write(_ batches: [[MetricDatum]], until end: Timestamp) -> MetricWriteResult {
        var result = MetricWriteResult(batches: batches.count)
        var lines: [UInt8] = []
        var firstBatch = 0  // of those in `lines`
        for (number, batch) in batches.enumerated() {
            for document in Self.documents(of: batch, namespace: namespace) {
                lines += document.serialized()
                lines.append(UInt8(ascii: "\n"))
            }
            guard lines.count >= Self.chunkBytes || number == batches.count - 1 else { continue }
            do { try write(lines) } catch {
                result.failure = error
                for batch in firstBatch..<batches.count {
                    result.batches[batch].unwritten = Set(batches[batch].indices)
                }
                return result
            }
            (lines, firstBatch) = ([], number + 1)
        }
        return result
    }

    /// One document for each run of neighbours that share their dimensions and time, and have different names.
    static func documents(of data: [MetricDatum], namespace: String) -> [JSONValue] {
        var runs: [[MetricDatum]] = []
        for datum in data {
            if let run = runs.last, run.count < maximumMetrics, run[0].dimensions == datum.dimensions,
                run[0].timestamp == datum.timestamp, !run.contains(where: { $0.name == datum.name })
            {
                runs[runs.count - 1].append(datum)
            } else {
                runs.append([datum])
            }
        }
        return runs.map { document(of: $0, namespace: namespace) }
    }

    private static func document(of run: [MetricDatum], namespace: String) -> JSONValue {
        let definitions = run.map { datum -> JSONValue in
            [
                "Name": .string(datum.name), "Unit": .string(datum.unit.rawValue),
                "StorageResolution": .integer(Int64(datum.resolution)),
            ]
        }
        let directive: JSONValue = [
            "Namespace": .string(namespace), "Dimensions": [.array(run[0].dimensions.map { .string($0.name) })],
            "Metrics": .array(definitions),
        ]
        var document: JSONObject = [
            "_aws": [
                "Timestamp": .integer(run[0].timestamp.millisecondsSinceEpoch), "CloudWatchMetrics": [directive],
            ]
        ]
        for dimension in run[0].dimensions { document[dimension.name] = .string(dimension.value) }
        for datum in run {
            let value = JSONValue.double(datum.value)
            document[datum.name] = datum.count == 1 ? value : .array(Array(repeating: value, count: datum.count))
        }
        return .object(document)
    }
}

/// Writes all the bytes.
///
/// Unlike a log line, a metric must not get lost unnoticed.
/// - Throws: ``MetricsError`` with the code `notWritten`.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(MetricsError) {
    let error = DescriptorLogSink.writeAll(bytes, to: descriptor)
    guard error == 0 else {
        throw MetricsError(.notWritten, "cannot write metrics to standard output: \(SystemError(error))")
    }
}
