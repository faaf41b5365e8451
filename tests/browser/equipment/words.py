"""What stands on the page, in the person's language, and what the person writes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

TRANSLATIONS = Path(__file__).resolve().parents[3] / "web" / "translations"


@cache
def _catalog(language: str) -> dict[str, str]:
    with (TRANSLATIONS / language.replace("-", "_") / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {each.id: each.string for each in read_po(file) if isinstance(each.id, str) and isinstance(each.string, str)}


@dataclass(frozen=True)
class Words:
    """`words("Publish")`: what the page calls it. Attributes: what is written."""

    language: str
    app: str = "Equipment loan"
    equipment: str = "Equipment"
    location: str = "Location"
    loan: str = "Loan"
    state: str = "State"
    value: str = "Value"
    category: str = "Category"
    camera: str = "Camera"
    borrower: str = "Borrower"
    due: str = "Due"
    stage: str = "Stage"
    purpose: str = "Purpose"
    damage: str = "Damage note"
    requested: str = "Requested"
    approved: str = "Approved"
    lent: str = "Lent"
    returned: str = "Returned"
    damaged: str = "Damaged"
    refused: str = "Refused"
    back: str = "When it comes back"
    approve: str = "Approve"
    ways: str = "Requested → Approved: Approve\nRequested → Refused\nApproved → Lent: Hand out\nLent → Returned, Damaged"
    told: str = "Lent out"
    overdue: str = "Overdue"
    colleague: str = "Colleague"
    board: str = "At a glance"
    number: str = "Open loans"
    chart: str = "By stage"
    location_lines: str = "Name\nRoom"
    equipment_lines: str = "Name\nCategory: Laptop, Camera, Projector\nSerial no\nState: In store, Out, Broken\nValue\nLocation"
    loan_lines: str = (
        "Loan no: Number in a series\nEquipment\nBorrower: Person\nFrom: Date\nDue: Date\n"
        "Stage: Requested, Approved, Lent, Returned, Damaged, Refused\nPurpose: Long text\nDamage note\nDays: = {Due} - {From}"
    )

    def __call__(self, text: str, **values: str) -> str:
        found = text if self.language == "en" else _catalog(self.language).get(text) or text
        return found % values if values else found


ENGLISH = Words("en")
CHINESE = Words(
    "zh-Hans",
    app="设备借用",
    equipment="设备",
    location="存放地点",
    loan="借用单",
    state="状态",
    value="价值",
    category="类别",
    camera="相机",
    borrower="借用人",
    due="应还日期",
    stage="阶段",
    purpose="用途",
    damage="损坏说明",
    requested="已申请",
    approved="已批准",
    lent="已借出",
    returned="已归还",
    damaged="有损坏",
    refused="已拒绝",
    back="归还时",
    approve="批准",
    ways="已申请 → 已批准：批准\n已申请 → 已拒绝\n已批准 → 已借出：交付\n已借出 → 已归还、有损坏",
    told="已借出提醒",
    overdue="逾期提醒",
    colleague="同事",
    board="借用一览",
    number="未还借用",
    chart="各阶段借用",
    location_lines="名称\n房间",
    equipment_lines="名称\n类别：笔记本、相机、投影仪\n序列号\n状态：在库、外借、损坏\n价值\n存放地点",
    loan_lines=(
        "单号：自动编号\n设备\n借用人：成员\n借出日期\n应还日期\n阶段：已申请、已批准、已借出、已归还、有损坏、已拒绝\n用途：多行文本\n损坏说明\n"
        "天数：= {应还日期} - {借出日期}"
    ),
)
