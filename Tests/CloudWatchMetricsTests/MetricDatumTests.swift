import Basics
import JSON
import Testing

@testable import CloudWatchMetrics

@Suite struct MetricDatumTests {
    @Test func inputOfPutMetricData() {
        let data = [
            MetricDatum.sample("duration", value: 12, unit: .seconds), .sample("uptime", value: 0, unit: .none),
        ]
        let dimensions = #"[{"Name":"Region","Value":"eu-central-1"},{"Name":"Service","Value":"shop"}]"#
        #expect(
            CloudWatchOutput.input(data, namespace: "Mine").description
                == #"{"Namespace":"Mine","MetricData":[{"MetricName":"duration","Dimensions":\#(dimensions),"#
                + #""Timestamp":"2026-11-21T03:42:00Z","Value":12.0,"Unit":"Seconds","StorageResolution":60},"#
                + #"{"MetricName":"uptime","Dimensions":\#(dimensions),"#
                + #""Timestamp":"2026-11-21T03:42:00Z","Value":0.0,"StorageResolution":60}]}"#
        )
    }

    @Test(arguments: [
        (-14 * 86_400.0, nil), (-14 * 86_400.0 - 1, "timestamp 2026-11-07T03:41:59Z is more than two weeks ago"),
        (7_200.0, nil), (7_201.0, "timestamp 2026-11-21T05:42:01Z is more than two hours ahead"),
    ])
    func timestampLimits(offset: Double, fault: String?) {
        var datum = MetricDatum.sample()
        datum.timestamp = Timestamp(secondsSinceEpoch: 1_795_232_520 + offset)
        #expect(datum.fault(at: testTime) == fault)
    }

    @Test(arguments: [
        (0.0, true), (-1.0, true), (0x1p360, true), (-0x1p360, true), (0x1.0000000000001p360, false),
        (.infinity, false), (-.infinity, false), (.nan, false),
    ])
    func valueLimits(value: Double, isFine: Bool) {
        #expect((MetricDatum.sample(value: value).fault(at: testTime) == nil) == isFine)
    }

    @Test(arguments: [
        ("a", nil), (" a ", nil), ("~", nil), (String(repeating: "x", count: 1_024), nil), (":a", nil),
        (String(repeating: "x", count: 1_025), "Service has 1025 characters, more than 1024"),
        ("", "Service is empty"), ("   ", "Service is empty"),
        ("a\u{7F}", "Service \"a\u{7F}\" has a character outside of printable ASCII"),
        ("a\tb", "Service \"a\tb\" has a character outside of printable ASCII"),
        ("Zürich", "Service \"Zürich\" has a character outside of printable ASCII"),
    ])
    func dimensionLimits(service: String, fault: String?) {
        #expect(MetricDatum.sample(service: service).fault(at: testTime) == fault)
    }
}
