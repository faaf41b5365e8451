"""Words that people put above a column for the same thing, in English and both kinds of Chinese."""

from __future__ import annotations

import re
import unicodedata

# One group a line; a line that begins with blanks continues the one above.
_GROUPS = """
name | full name | title | 姓名 | 名称 | 名字 | 名稱 | 标题 | 標題 | 联系人 | 聯絡人 | 客户姓名 | 客戶姓名
    | contact | contact name
phone | mobile | telephone | tel | cell | phone number | mobile phone | 手机 | 手机号 | 手机号码 | 电话
    | 电话号码 | 联系电话 | 联系方式 | 手機 | 手機號碼 | 電話 | 聯絡電話 | 行動電話
email | e mail | mail | email address | 邮箱 | 电子邮箱 | 电子邮件 | 邮件 | 郵箱 | 電子郵件 | 電子信箱 | 信箱
company | company name | account | organization | organisation | customer | 公司 | 公司名称 | 企业 | 单位
    | 客户 | 客户名称 | 企業 | 公司名稱 | 客戶 | 客戶名稱 | 單位
owner | responsible | assigned to | sales rep | salesperson | account manager | 负责人 | 业务员 | 销售
    | 销售员 | 跟进人 | 归属人 | 所属销售 | 負責人 | 業務員 | 業務 | 跟進人
amount | value | total | sum | deal value | 金额 | 总额 | 总金额 | 合同金额 | 金額 | 總額 | 總金額
price | unit price | 单价 | 价格 | 單價 | 價格
quantity | qty | count | 数量 | 數量
notes | note | remark | remarks | comment | comments | description | 备注 | 说明 | 描述 | 备注信息 | 備註 | 說明
source | lead source | origin | channel | 来源 | 客户来源 | 线索来源 | 渠道 | 來源 | 客戶來源 | 管道
stage | status | state | 阶段 | 状态 | 階段 | 狀態
city | town | 城市 | 所在城市
address | street | 地址 | 联系地址 | 详细地址 | 聯絡地址
province | region | state province | 省份 | 省 | 地区 | 區域 | 地區
website | web | url | web site | homepage | 网址 | 网站 | 官网 | 主页 | 網址 | 網站
number | no | code | id number | 编号 | 编码 | 单号 | 編號 | 編碼 | 單號
tags | tag | labels | 标签 | 標籤
team | department | group | 团队 | 部门 | 團隊 | 部門
due | due date | deadline | 截止 | 截止日期 | 到期日 | 到期日期
start | starts | start date | begin | 开始 | 开始日期 | 開始 | 開始日期
birthday | date of birth | birth date | 生日 | 出生日期
position | job title | job | role | 职位 | 职务 | 職位 | 職稱
gender | sex | 性别 | 性別
industry | sector | 行业 | 行業 | 產業
next follow up | next follow up at | follow up date | next contact | 下次跟进 | 下次跟进时间 | 跟进时间
    | 下次跟進 | 下次跟進時間
"""


def plain_name(text: str) -> str:
    """A column's or field's name without what does not count: case, width, brackets and their content, stars, punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"[(\[【].*?[)\]】]", " ", plain)
    plain = re.sub(r"[\W_]+", " ", plain).strip()
    # Between Chinese characters blanks mean nothing.
    return re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", plain)


GROUPS: dict[str, int] = {
    plain_name(word): number
    for number, line in enumerate(_GROUPS.replace("\n ", " ").strip().splitlines())
    for word in line.split("|")
}
"""Number of the group that a plain name belongs to."""

TYPE_GROUPS = {"phone": GROUPS["phone"], "email": GROUPS["email"], "url": GROUPS["website"]}
"""What a field of this type is likely called, whatever its label."""
