//! The fields of an event and the column names they usually hide behind.
//!
//! A preset guesses what a mapping does not say. Names are compared without case, blanks and
//! punctuation; where several columns fit a field, the one standing first in the field's list wins.

use std::fmt;
use std::str::FromStr;

use perennial_types::text::nearest_names;
use serde::{Deserialize, Serialize};

use super::SourceError;

/// A field of an event that a column can be mapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Who it happened to.
    Customer,
    /// When.
    Ts,
    /// What.
    Event,
    /// Idempotency key.
    MessageId,
    /// Order the line belongs to.
    OrderId,
    /// What was bought or looked at.
    Item,
    /// How many.
    Quantity,
    /// Money for one of them; becomes the amount when no amount is given.
    Price,
    /// Money.
    Amount,
    /// Its currency.
    Currency,
    /// Session.
    Session,
}

impl Field {
    /// Every field, each at the place of its number.
    pub const ALL: [Field; 11] = [
        Field::Customer,
        Field::Ts,
        Field::Event,
        Field::MessageId,
        Field::OrderId,
        Field::Item,
        Field::Quantity,
        Field::Price,
        Field::Amount,
        Field::Currency,
        Field::Session,
    ];

    /// Its name in a mapping.
    pub const fn name(self) -> &'static str {
        match self {
            Field::Customer => "customer",
            Field::Ts => "ts",
            Field::Event => "event",
            Field::MessageId => "message_id",
            Field::OrderId => "order_id",
            Field::Item => "item",
            Field::Quantity => "quantity",
            Field::Price => "price",
            Field::Amount => "amount",
            Field::Currency => "currency",
            Field::Session => "session",
        }
    }

    /// Whether it holds a number, and so may be calculated.
    pub const fn is_number(self) -> bool {
        matches!(self, Field::Quantity | Field::Price | Field::Amount)
    }

    /// Column names it goes by, likeliest first, in lower case without punctuation.
    fn aliases(self) -> &'static [&'static str] {
        match self {
            Field::Customer => &[
                "customerid",
                "customer",
                "customernumber",
                "customerno",
                "custid",
                "clientid",
                "userid",
                "memberid",
                "buyerid",
                "accountid",
                "shopperid",
                "客户编号",
                "客户id",
                "客户号",
                "顾客编号",
                "顾客id",
                "会员编号",
                "会员id",
                "会员号",
                "用户编号",
                "用户id",
                "买家id",
                "买家会员名",
                "客户",
                "顾客",
                "会员",
                "用户",
                "client",
                "user",
                "member",
                "account",
                "customeremail",
                "email",
                "emailaddress",
                "手机号",
                "phone",
            ],
            Field::Ts => &[
                "ts",
                "timestamp",
                "invoicedate",
                "orderdate",
                "orderdatetime",
                "orderedat",
                "eventtime",
                "eventtimestamp",
                "occurredat",
                "purchasedate",
                "purchasedat",
                "transactiondate",
                "datetime",
                "createdat",
                "createdtime",
                "下单时间",
                "订单时间",
                "订单日期",
                "下单日期",
                "交易时间",
                "购买时间",
                "支付时间",
                "付款时间",
                "事件时间",
                "发生时间",
                "创建时间",
                "date",
                "time",
                "时间",
                "日期",
            ],
            Field::Event => &[
                "event",
                "eventname",
                "eventtype",
                "action",
                "activity",
                "事件",
                "事件名",
                "事件名称",
                "事件类型",
                "行为",
                "行为类型",
            ],
            Field::MessageId => {
                &["messageid", "eventid", "eventuuid", "insertid", "消息id", "事件id"]
            }
            Field::OrderId => &[
                "orderid",
                "orderno",
                "ordernumber",
                "invoiceno",
                "invoiceid",
                "invoicenumber",
                "invoice",
                "transactionid",
                "receiptid",
                "receiptno",
                "订单编号",
                "订单号",
                "订单id",
                "交易号",
                "流水号",
                "发票号",
                "order",
            ],
            Field::Item => &[
                "item",
                "itemid",
                "sku",
                "stockcode",
                "productid",
                "productcode",
                "product",
                "商品编号",
                "商品编码",
                "商品id",
                "产品编号",
                "货号",
                "商品",
                "商品名称",
                "产品",
            ],
            Field::Quantity => {
                &["quantity", "qty", "units", "itemcount", "数量", "购买数量", "商品数量", "件数"]
            }
            Field::Price => &["price", "unitprice", "itemprice", "单价", "价格", "商品单价"],
            Field::Amount => &[
                "amount",
                "total",
                "totalamount",
                "orderamount",
                "linetotal",
                "totalprice",
                "ordertotal",
                "revenue",
                "sales",
                "金额",
                "订单金额",
                "实付金额",
                "支付金额",
                "实收金额",
                "总金额",
                "销售额",
                "总价",
            ],
            Field::Currency => &["currency", "currencycode", "币种", "货币"],
            Field::Session => &["sessionid", "session", "visitid", "会话id", "会话"],
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Field {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Field, SourceError> {
        let names = Field::ALL.map(Field::name);
        Field::ALL.into_iter().find(|field| field.name() == text).ok_or_else(|| {
            let near = nearest_names(text, names, 1);
            SourceError::Mapping {
                reason: (format!("`{text}` is not a field"), format!("“{text}”不是字段")).into(),
                hint: match near.first() {
                    Some(near) => {
                        (format!("did you mean {near}?"), format!("是不是 {near}？")).into()
                    }
                    None => {
                        let names = names.join(", ");
                        (format!("the fields are {names}"), format!("字段有：{names}")).into()
                    }
                },
            }
        })
    }
}

/// What kind of table the file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Nothing is guessed: the mapping says everything.
    #[default]
    None,
    /// Order lines: events are `order`, and `refund` for negative or cancelled ones.
    Orders,
    /// Events of any name.
    Events,
}

impl Preset {
    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::None => "none",
            Preset::Orders => "orders",
            Preset::Events => "events",
        }
    }

    /// The column that probably holds a field: its place among `columns`.
    pub(super) fn guess(self, field: Field, columns: &[String]) -> Option<usize> {
        let guesses = match self {
            Preset::None => false,
            // What an order file calls its event is a state (`paid`, `shipped`), not a name.
            Preset::Orders => field != Field::Event,
            Preset::Events => true,
        };
        if !guesses {
            return None;
        }
        let plain: Vec<String> = columns.iter().map(|name| plain(name)).collect();
        field.aliases().iter().find_map(|alias| plain.iter().position(|name| name == alias))
    }
}

impl FromStr for Preset {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Preset, SourceError> {
        match text {
            "none" => Ok(Preset::None),
            "orders" => Ok(Preset::Orders),
            "events" => Ok(Preset::Events),
            _ => Err(SourceError::Mapping {
                reason: (format!("`{text}` is not a preset"), format!("“{text}”不是预设")).into(),
                hint: ("give orders, events or none", "请填写 orders、events 或 none").into(),
            }),
        }
    }
}

/// A name in lower case, letters and digits only.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(preset: Preset, field: Field, columns: &[&str]) -> Option<usize> {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        preset.guess(field, &columns)
    }

    #[test]
    fn usual_headers_are_understood() {
        let retail = [
            "InvoiceNo",
            "StockCode",
            "Description",
            "Quantity",
            "InvoiceDate",
            "UnitPrice",
            "CustomerID",
            "Country",
        ];
        let place = |field| guessed(Preset::Orders, field, &retail);
        assert_eq!(place(Field::Customer), Some(6));
        assert_eq!(place(Field::Ts), Some(4));
        assert_eq!(place(Field::OrderId), Some(0));
        assert_eq!(place(Field::Item), Some(1));
        assert_eq!(place(Field::Quantity), Some(3));
        assert_eq!(place(Field::Price), Some(5));
        assert_eq!(place(Field::Amount), None);
        let chinese = ["订单编号", "会员 ID", "下单时间", "商品", "数量", "实付金额"];
        assert_eq!(guessed(Preset::Orders, Field::Customer, &chinese), Some(1));
        assert_eq!(guessed(Preset::Orders, Field::Amount, &chinese), Some(5));
        assert_eq!(
            guessed(Preset::Events, Field::Event, &["customer_id", "Event Name", "ts"]),
            Some(1)
        );
        assert_eq!(guessed(Preset::Orders, Field::Event, &["event"]), None);
        assert_eq!(guessed(Preset::None, Field::Customer, &["customer"]), None);
    }

    #[test]
    fn an_alias_belongs_to_one_field() {
        let mut all: Vec<&str> =
            Field::ALL.iter().flat_map(|field| field.aliases()).copied().collect();
        let n = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), n);
        assert!(all.iter().all(|alias| plain(alias) == *alias));
    }
}
