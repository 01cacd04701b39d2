import Events
import JSON

/// What AWS Cost Anomaly Detection sends to a topic.
///
/// https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html
enum CostAnomaly {
    @Sendable static func read(_ message: InputMessage) throws(EventError) -> [Notification]? {
        guard let object = message.value.objectValue, let id = object.text("anomalyId"), let impact = object["impact"]
        else { return nil }
        let total = (impact["totalImpact"] ?? impact["maxImpact"])?.number
        let name = object.text("dimensionalValue", "monitorName") ?? "an account"
        var notification = message.notification(
            "Cost anomaly: \(name)" + (total.map { ", $" + readable($0) } ?? ""), source: .budgets, severity: .warning
        )
        notification.incidentKey = "anomaly|" + id
        notification.account = object.text("accountId") ?? notification.account
        notification.resource = object.text("monitorArn")
        notification.fields.add("Started", object.text("anomalyStartDate"))
        notification.fields.add("Ended", object.text("anomalyEndDate"))
        let causes = (object["rootCauses"]?.arrayValue ?? []).prefix(5).map(JSONFields.summary)
        notification.fields.add("Root causes", causes.joined(separator: "\n"))
        notification.fields.add("Monitor", object.text("monitorName"))
        notification.links.add("Anomaly", object.text("anomalyDetailsLink"))
        return [notification]
    }
}
