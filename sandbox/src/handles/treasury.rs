use super::Sandbox;
use crate::engine::{ApiError, Json, Peek};

/// The paths of the test helpers that act as banks.
const HELPERS: &str = "/v1/test_helpers/treasury";

impl Sandbox {
    /// A financial account, with methods that act as external bank accounts.
    pub fn financial_account(&self, id: impl AsRef<str>) -> FinancialAccountHandle {
        FinancialAccountHandle { sandbox: self.clone(), id: id.as_ref().to_owned() }
    }

    /// Actions of banks on outbound payments and outbound transfers.
    pub fn outbound_flows(&self) -> OutboundFlows<'_> {
        OutboundFlows(self)
    }

    /// Actions of banks on inbound transfers.
    pub fn inbound_transfers(&self) -> InboundTransfers<'_> {
        InboundTransfers(self)
    }

    /// Makes a transition of a Treasury flow, by its id.
    fn flow(&self, id: &str, event: &str, form: &[(String, String)]) -> Result<(), ApiError> {
        let object = self.object(id).unwrap_or_default();
        let kind = object.text("object").trim_start_matches("treasury.").to_owned();
        self.perform(&self.owner(id)?, &format!("{HELPERS}/{kind}s/{id}/{event}"), form).map(drop)
    }
}

/// A financial account of a sandbox. Amounts are in cents.
#[derive(Debug, Clone)]
pub struct FinancialAccountHandle {
    sandbox: Sandbox,
    id: String,
}

impl FinancialAccountHandle {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The stored financial account.
    pub fn object(&self) -> Option<Json> {
        self.sandbox.object(&self.id)
    }

    /// Receives money by ACH. Returns the id of the received credit, which fails if the account is closed.
    ///
    /// # Errors
    /// If the financial account does not exist, or the amount is invalid.
    pub fn receive(&self, amount: i64) -> Result<String, ApiError> {
        self.helper("received_credits", amount)
    }

    /// Debits money by ACH. Returns the id of the received debit, which fails if the balance is insufficient.
    ///
    /// # Errors
    /// As [`FinancialAccountHandle::receive`].
    pub fn debit(&self, amount: i64) -> Result<String, ApiError> {
        self.helper("received_debits", amount)
    }

    fn helper(&self, kind: &str, amount: i64) -> Result<String, ApiError> {
        let amount = amount.to_string();
        let members =
            [("amount", &*amount), ("currency", "usd"), ("financial_account", &*self.id), ("network", "ach")];
        let form = members.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let made =
            self.sandbox.perform(&self.sandbox.owner(&self.id)?, &format!("{HELPERS}/{kind}"), &form)?;
        Ok(made.text("id").to_owned())
    }
}

/// Direct transitions of outbound payments and outbound transfers, by their ids.
#[derive(Debug)]
pub struct OutboundFlows<'s>(&'s Sandbox);

impl OutboundFlows<'_> {
    /// Posts the flow: the money leaves.
    ///
    /// # Errors
    /// If the flow does not exist, or is no longer processing.
    pub fn post(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "post", &[])
    }

    /// Fails the flow before the money has left.
    ///
    /// # Errors
    /// As [`OutboundFlows::post`].
    pub fn fail(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "fail", &[])
    }

    /// Returns the money from the receiving bank, with Stripe's code of the reason such as `account_closed`.
    ///
    /// # Errors
    /// If the flow or the code does not exist, or the money did not leave or was returned before.
    pub fn give_back(&self, id: impl AsRef<str>, code: &str) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "return", &[("returned_details[code]".to_owned(), code.to_owned())])
    }
}

/// Direct transitions of inbound transfers.
#[derive(Debug)]
pub struct InboundTransfers<'s>(&'s Sandbox);

impl InboundTransfers<'_> {
    /// Completes the transfer: the money arrives.
    ///
    /// # Errors
    /// If the transfer does not exist, or is no longer processing.
    pub fn succeed(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "succeed", &[])
    }

    /// Fails the transfer, with Stripe's code of the reason such as `insufficient_funds`.
    ///
    /// # Errors
    /// If the transfer or the code does not exist, or it is no longer processing.
    pub fn fail(&self, id: impl AsRef<str>, code: &str) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "fail", &[("failure_details[code]".to_owned(), code.to_owned())])
    }

    /// Returns the money of a succeeded transfer to the bank; the balance may become negative.
    ///
    /// # Errors
    /// If the transfer does not exist, did not succeed, or was returned before.
    pub fn give_back(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "return", &[])
    }
}
