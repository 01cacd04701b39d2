import Basics
import SLAReport
import ServiceHistory
import TextTables

extension ReportSummary {
    /// A row for each service: its availability in each range, what is left of its budget, and its outages.
    ///
    /// Where there is too little room the shorter ranges are left out first, then outages: the longest range and the
    /// budget say most.
    var table: Table {
        let last = ranges.count - 1
        let columns =
            [Table.Column("SERVICE")]
            + ranges.enumerated().map { index, range in
                Table.Column(
                    range.uppercased(), rightAligned: true, dropOrder: index == last ? 0 : last - index + 2)
            } + [
                Table.Column("BUDGET LEFT", rightAligned: true, dropOrder: 1),
                Table.Column("OUTAGES", rightAligned: true, dropOrder: 2),
            ]
        return Table(
            columns, narrowestFirstColumn: 12,
            rows: services.map { service in
                [Table.Cell(service.name)]
                    + service.availability.map { $0.cell(against: service.budget?.objective) }
                    + [service.budget.cell, Table.Cell("\(service.outages)", service.outages > 0 ? .plain : .faint)]
            })
    }
}

extension Availability {
    /// Red below the objective; faint where nothing was measured.
    fileprivate func cell(against objective: Double?) -> Table.Cell {
        guard let ratio else { return Table.Cell("–", .faint) }
        guard let objective else { return Table.Cell(percentText) }
        return Table.Cell(percentText, ratio * 100 < objective ? .bad : .good)
    }
}

extension ErrorBudget? {
    /// The share that is left, or by how much it is overspent.
    fileprivate var cell: Table.Cell {
        guard let budget = self else { return Table.Cell("–", .faint) }
        guard budget.isOverspent else { return Table.Cell("\(Int((budget.left * 100).rounded(.down))) %", .good) }
        let over = -budget.left * 100
        return Table.Cell(over < 1e6 && budget.allowed > 0 ? "\(Int(over.rounded(.up))) % over" : "overspent", .bad)
    }
}
